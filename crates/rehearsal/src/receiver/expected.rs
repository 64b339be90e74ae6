//! What a message has to be answered with.

use itk3::ResponseCode;

/// The answers to one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected {
    /// 1xxxx or 2xxxx.
    pub infrastructure: ExpectedAnswer,
    /// 3xxxx.
    pub business: ExpectedAnswer,
}

/// One of the two answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpectedAnswer {
    /// What passes.
    pub wanted: Wanted,
    /// What passes too, with a remark.
    pub accepted: &'static [Accepted],
}

/// What passes without a remark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// No answer of this kind.
    Nothing,
    /// One answer with this code.
    Code(ResponseCode),
    /// One answer that refuses, whatever its code.
    AnyRefusal,
}

/// Another answer that passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// Its code; none for no answer.
    pub code: Option<ResponseCode>,
    /// Why it passes.
    pub remark: &'static str,
}

impl Expected {
    /// 20013, then this business code.
    pub const fn taken(business: ResponseCode) -> Self {
        Self {
            infrastructure: ExpectedAnswer::code(ResponseCode::Success),
            business: ExpectedAnswer::code(business),
        }
    }

    /// This code, and nothing after it.
    pub const fn refused(code: ResponseCode) -> Self {
        Self {
            infrastructure: ExpectedAnswer::code(code),
            business: ExpectedAnswer::NOTHING,
        }
    }

    /// No answer at all.
    pub const SILENCE: Self = Self {
        infrastructure: ExpectedAnswer::NOTHING,
        business: ExpectedAnswer::NOTHING,
    };

    /// The same, with other infrastructure answers that pass.
    #[must_use]
    pub const fn or(mut self, accepted: &'static [Accepted]) -> Self {
        self.infrastructure.accepted = accepted;
        self
    }
}

impl ExpectedAnswer {
    /// No answer of this kind.
    pub const NOTHING: Self = Self {
        wanted: Wanted::Nothing,
        accepted: &[],
    };

    /// One answer with this code.
    pub const fn code(code: ResponseCode) -> Self {
        Self {
            wanted: Wanted::Code(code),
            accepted: &[],
        }
    }

    /// The code that is wanted, where it is one.
    pub fn wanted_code(&self) -> Option<ResponseCode> {
        match self.wanted {
            Wanted::Code(code) => Some(code),
            Wanted::Nothing | Wanted::AnyRefusal => None,
        }
    }

    /// Whether what came passes: not at all (`None`), or with a remark (`Some("")` for none). `came` is none where
    /// nothing came.
    pub fn judge(&self, came: Option<ResponseCode>) -> Option<&'static str> {
        let is_wanted = match (self.wanted, came) {
            (Wanted::Nothing, None) => true,
            (Wanted::Code(wanted), Some(code)) => wanted == code,
            (Wanted::AnyRefusal, Some(code)) => !code.is_positive(),
            _ => false,
        };
        if is_wanted {
            return Some("");
        }
        let mut others = self.accepted.iter();
        others.find(|it| it.code == came).map(|it| it.remark)
    }
}

impl std::fmt::Display for ExpectedAnswer {
    /// `20013`, `10008 (or 10002)`, `-`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.wanted {
            Wanted::Nothing => "-",
            Wanted::Code(code) => code.code(),
            Wanted::AnyRefusal => "any refusal",
        })?;
        for (index, other) in self.accepted.iter().enumerate() {
            let code = other.code.map_or("nothing", ResponseCode::code);
            let before = if index == 0 { " (or " } else { ", " };
            write!(f, "{before}{code}")?;
        }
        if self.accepted.is_empty() {
            Ok(())
        } else {
            f.write_str(")")
        }
    }
}
