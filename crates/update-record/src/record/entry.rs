//! One entry of a provisional record.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Heading;

/// What one resource of the message would add. As JSON it has these fields, without those that are
/// empty; the bytes of a report stay outside.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The id of the resource, which two of a damaged message may share.
    pub id: String,
    /// The heading it stands under; none where it has none, or one that is not in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<Heading>,
    /// What it is, as a code; none for a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// The text that stands beside the code, or is all there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// When it was so, as it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The status, as it is written: `final`, `stopped`, `active`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What kind of entry it is, with what that kind has.
    pub content: Content,
    /// What a person must look at before it is filed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
}

/// What kind of entry it is: as JSON `{"kind": "observation", "of": […]}`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of", rename_all = "kebab-case")]
pub enum Content {
    /// A text under a heading.
    Text,
    /// What was observed; without values where the code says it all.
    Observation(Vec<Measured>),
    /// A report that was attached.
    Report(Attachment),
    /// A medicine that was supplied, or whose supply was declined. Never a prescription to repeat.
    #[serde(rename = "supplied-elsewhere")]
    Supply(Supply),
    /// What the patient came with. Never a problem of the record.
    Complaint,
}

/// A code with what it is called.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The code system's URL.
    pub system: String,
    /// The code.
    pub code: String,
    /// Its display, as it was sent or entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

/// A value that was measured.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// What it is of, where an entry has several: systolic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Code>,
    /// The value, as it is written: a number, behind its comparator where it has one (`< 35`), or a text
    /// where it is none.
    pub value: String,
    /// The unit, as people read it; empty where there is none.
    pub unit: String,
    /// The unit's UCUM code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_code: Option<String>,
}

/// A report that was attached.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its title; empty where it has none.
    pub title: String,
    /// Its media type.
    pub content_type: String,
    /// The bytes, exactly; empty where they could not be read, and in JSON.
    #[serde(skip)]
    pub content: Vec<u8>,
}

/// A medicine that was supplied elsewhere.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Supply {
    /// Whether its supply was declined.
    pub is_declined: bool,
    /// How much: `20 Capsule`.
    pub quantity: String,
    /// For how many days, as it is written.
    pub days: Option<String>,
    /// The dosage, for clinicians; of several, in their order.
    pub dosage: Vec<String>,
    /// The instruction to the patient.
    pub patient_instruction: Vec<String>,
    /// How it was supplied: `patient-group-direction`.
    pub supply_type: Option<String>,
}

/// What a person must look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// The code means something else than its display or text says.
    Disagrees,
    /// The code's check digit is wrong.
    CheckDigit,
    /// The code has no display.
    NoDisplay,
    /// The unit is not one that is known.
    UnknownUnit,
    /// A pregnancy status of a patient whose gender is male.
    PregnancyOfMale,
    /// The blood pressure's codes do not belong together.
    MixedCodes,
    /// Parts for day or night, which are not filed.
    NotFiled,
    /// The heading is not in use.
    UnknownHeading,
    /// The report's bytes could not be read.
    UnreadableReport,
    /// The sender says that it is an error, not done or not final.
    NotFinal,
}

impl Mark {
    /// What people read.
    pub fn text(self) -> &'static str {
        match self {
            Self::Disagrees => "The code means something else than the text says",
            Self::CheckDigit => "The code has a wrong check digit",
            Self::NoDisplay => "The code came without its meaning",
            Self::UnknownUnit => "The unit is not known",
            Self::PregnancyOfMale => "A pregnancy status, and the patient's gender is male",
            Self::MixedCodes => "The codes of this blood pressure do not belong together",
            Self::NotFiled => "Day and night values are not filed",
            Self::UnknownHeading => "The heading is not in use",
            Self::UnreadableReport => "The report could not be read",
            Self::NotFinal => "Its status says that it is an error, not done or not final",
        }
    }
}

impl Entry {
    /// The entry in a line: `60001007 | Not pregnant`, `78564009 | Pulse rate | 76 beats per minute`.
    pub fn line(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        if let Some(code) = &self.code {
            parts.push(code.code.clone());
            parts.extend(code.display.clone());
        }
        let display = self.code.as_ref().and_then(|code| code.display.as_deref());
        parts.extend(
            self.text
                .clone()
                .filter(|text| Some(text.as_str()) != display),
        );
        match &self.content {
            Content::Observation(values) => parts.extend(values.iter().map(Measured::line)),
            Content::Report(report) => parts.push(report.title.clone()),
            Content::Supply(supply) => {
                parts.push(supply.quantity.clone());
                parts.extend(supply.dosage.iter().cloned());
                parts.extend(supply.is_declined.then(|| "declined".to_owned()));
            }
            Content::Text | Content::Complaint => {}
        }
        parts.retain(|part| !part.is_empty());
        parts.join(" | ")
    }
}

impl Measured {
    /// The value with its unit, and what it is of: `Temperature 37.4 Cel`.
    pub fn line(&self) -> String {
        let part = self.part.as_ref().and_then(|part| part.display.as_deref());
        let words = [part.unwrap_or_default(), &self.value, &self.unit];
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        words.join(" ")
    }
}

/// Types that hold patient data show only their name in `Debug`.
macro_rules! redacted_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    )*};
}
redacted_debug!(Entry, Content, Code, Measured, Attachment, Supply);
