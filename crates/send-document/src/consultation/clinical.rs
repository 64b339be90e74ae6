//! The clinical notes of a consultation, and the documents that travel with it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use itk3::payload::record::BASE64_EXPECTED;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A titled part of the clinical notes: `History`, `Examination`, `Medication` …
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Printed bold in the left column (GPCM-SD-136).
    pub title: String,
    /// The entries, printed in order in the right column; at least one.
    pub items: Vec<Item>,
}

/// One entry: coded, free text, or both.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The coded term; its display is printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Coding>,
    /// Free text; line breaks are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Printed as "Confidential item" in its place (GPCM-SD-133).
    #[serde(default)]
    pub confidential: bool,
}

/// A coded term.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coding {
    /// `http://snomed.info/sct` …
    pub system: String,
    /// The code in that system.
    pub code: String,
    /// What it means, for people; this is what the report prints.
    pub display: String,
}

/// A document that travels with the report.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// Title or file name, shown to the receiving practice.
    pub title: String,
    /// Media type; one of those Send Document lists (PDF, Word, RTF, HTML, plain text, XML, JPEG,
    /// PNG, TIFF).
    pub content_type: String,
    /// The bytes; base64 in JSON, white space allowed.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub content: Vec<u8>,
}

fn to_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let mut text = String::deserialize(deserializer)?;
    text.retain(|c| !c.is_ascii_whitespace());
    STANDARD
        .decode(text)
        .map_err(|_| D::Error::custom(BASE64_EXPECTED))
}

redacted_debug!(Section, Item, Coding, Attachment);
