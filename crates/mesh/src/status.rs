//! Events, statuses and codes: what a status record, a `Mex-Status…` header and an API error say.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::DateTime;

mod table;

pub use table::*;

/// The phase of a transfer a status or error belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum StatusEvent {
    /// A client took (or failed to take) a pair from OUT.
    Collect,
    /// A transfer between client and server.
    Transfer,
    /// The server's sending on to the recipient.
    Send,
    /// A client's collecting from its inbox.
    Receive,
    /// Another text, as some older files have.
    Other(String),
}

impl StatusEvent {
    /// Reads the word, in any case.
    pub fn parse(text: &str) -> Self {
        match text.trim().to_ascii_uppercase().as_str() {
            "COLLECT" => Self::Collect,
            "TRANSFER" => Self::Transfer,
            "SEND" => Self::Send,
            "RECEIVE" => Self::Receive,
            _ => Self::Other(text.trim().to_owned()),
        }
    }

    /// The word as it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Collect => "COLLECT",
            Self::Transfer => "TRANSFER",
            Self::Send => "SEND",
            Self::Receive => "RECEIVE",
            Self::Other(text) => text,
        }
    }
}

impl fmt::Display for StatusEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether the event went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// `SUCCESS`
    Success,
    /// `ERROR`
    Error,
}

impl Status {
    /// Reads the word, in any case; whatever is not `SUCCESS` is an error.
    pub fn parse(text: &str) -> Self {
        if text.trim().eq_ignore_ascii_case("SUCCESS") {
            Self::Success
        } else {
            Self::Error
        }
    }

    /// The word as it is written.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Error => "ERROR",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A status code: two digits, or a word such as `EPL-152`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatusCode(Cow<'static, str>);

impl StatusCode {
    /// `00`
    pub const SUCCESS: Self = Self(Cow::Borrowed("00"));

    /// A code as it was read, trimmed.
    pub fn new(text: &str) -> Self {
        Self(Cow::Owned(text.trim().to_owned()))
    }

    /// The code as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&'static str> for StatusCode {
    fn from(code: &'static str) -> Self {
        Self(Cow::Borrowed(code))
    }
}

/// A known failure: the triple that an API error, a report and a status record share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// `SEND`, `TRANSFER`, … or empty where the API gives none.
    pub event: &'static str,
    /// The code; not unique without its event (14 to 17 were reused).
    pub code: &'static str,
    /// The text the field knows it by.
    pub text: &'static str,
}

impl Fault {
    /// A status record that tells this failure.
    pub fn record(&self, at: DateTime) -> StatusRecord {
        StatusRecord {
            at: Some(at),
            event: StatusEvent::parse(self.event),
            status: Status::Error,
            code: StatusCode::from(self.code),
            description: self.text.to_owned(),
        }
    }
}

/// What happened to a transfer, when: the `StatusRecord` of a control file and the `Mex-Status…`
/// headers of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusRecord {
    /// 14 digits `yyyyMMddHHmmss` without a zone: UTC in headers, UK local time in control files.
    pub at: Option<DateTime>,
    /// The phase.
    pub event: StatusEvent,
    /// How it went.
    pub status: Status,
    /// `00` or an error code.
    pub code: StatusCode,
    /// Free text. The server's own; never a patient's data.
    pub description: String,
}

impl StatusRecord {
    /// A record of success: code 00.
    pub fn success(at: DateTime, event: StatusEvent, description: &str) -> Self {
        Self {
            at: Some(at),
            event,
            status: Status::Success,
            code: StatusCode::SUCCESS,
            description: description.to_owned(),
        }
    }
}

/// Writes `yyyyMMddHHmmss`.
pub fn format_time(at: DateTime) -> String {
    at.strftime("%Y%m%d%H%M%S").to_string()
}

/// Reads `yyyyMMddHHmmss`.
pub fn parse_time(text: &str) -> Option<DateTime> {
    let text = text.trim();
    let fits = text.len() == 14 && text.bytes().all(|b| b.is_ascii_digit());
    DateTime::strptime("%Y%m%d%H%M%S", text)
        .ok()
        .filter(|_| fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_fourteen_digits() {
        let at = parse_time("20260114093013").unwrap();
        assert_eq!(format_time(at), "20260114093013");
        for text in [
            "",
            "2026011409301",
            "20261314093013",
            "2026-01-140930",
            "+0260114093013",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    #[test]
    fn the_table_knows_every_routing_code() {
        for code in ["EPL-150", "EPL-151", "EPL-152", "EPL-153", "EPL-154"] {
            assert_eq!(known(&StatusEvent::Send, code).unwrap().code, code);
        }
        assert_eq!(
            known(&StatusEvent::Receive, "17"),
            Some(&COLLECT_LOGIN_REFUSED)
        );
        assert_eq!(
            known(&StatusEvent::Send, "17"),
            Some(&WORKFLOW_NOT_REGISTERED)
        );
        assert_eq!(known(&StatusEvent::Send, "99"), None);
    }
}
