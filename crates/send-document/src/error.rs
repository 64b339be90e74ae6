//! What can go wrong with a consultation, a document or a message. No message carries patient data.

use std::fmt;

use crate::consultation::clinical;

/// One thing a consultation gets wrong: where, and what was expected. Never the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field, as a path into the JSON: `sections[2].items[0].text`.
    pub path: String,
    /// What was expected there.
    pub expected: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, expected) = (&self.path, &self.expected);
        if is_sentence(expected) {
            write!(f, "{path}: {expected}")
        } else {
            write!(f, "{path}: expected {expected}")
        }
    }
}

/// How texts begin that say all by themselves. Those of other crates' errors are known to carry no
/// value of the input; whatever else serde says may quote patient data.
const SENTENCES: [&str; 10] = [
    "missing field `",
    "an NHS number is ",
    "the check digit ",
    "the NHS number is one of ",
    "a date of birth is ",
    "an ODS code is ",
    "a family name is ",
    "is not a field of ",
    "expected ",
    clinical::BASE64_EXPECTED,
];

pub(crate) fn is_sentence(text: &str) -> bool {
    SENTENCES.iter().any(|begin| text.starts_with(begin))
}

/// Why a message could not be built or read. No message carries patient data; none of these is
/// cured by sending the same thing again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendDocumentError {
    /// The consultation's JSON or fields are not as documented.
    #[error("the consultation is not as its format describes: {}", list(.0))]
    InvalidConsultation(Vec<FieldError>),
    /// The document's JSON, fields or files are not as documented.
    #[error("the document is not as its format describes: {}", list(.0))]
    InvalidDocument(Vec<FieldError>),
    /// 1.3 carries reports of consultations only.
    #[error(
        "Send Document 1.3 cannot carry this document, build it by the rules of 2.0: {}", list(.0)
    )]
    NotCarried(Vec<FieldError>),
    /// Send Document 2.0 does not send confidential consultations at all.
    #[error(
        "a confidential consultation is not sent under Send Document 2.0; use the 1.3 rules to \
         send the redacted report"
    )]
    ConfidentialNotSent,
    /// Versions start at 1; a version above 1 replaces a document, version 1 replaces none.
    #[error(
        "expected version 1 without a document to replace, or a later version with one; found \
         version {version} {}", if *.replaces { "with one" } else { "without one" }
    )]
    Version {
        /// The version asked for.
        version: u32,
        /// Whether a document to replace was named.
        replaces: bool,
    },
    /// The PDF library refused the document; names the stage.
    #[error("the PDF could not be made: {0}")]
    Pdf(String),
    /// A fixed id was refused by its own type.
    #[error(transparent)]
    Id(#[from] nhs::IdError),
    /// A part that every document has is not there, so nothing can be shown.
    #[error(transparent)]
    Unreadable(#[from] itk3::PayloadError),
}

impl SendDocumentError {
    /// A stable code for logs and JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidConsultation(_) => "invalid-consultation",
            Self::InvalidDocument(_) => "invalid-document",
            Self::NotCarried(_) => "not-carried",
            Self::ConfidentialNotSent => "confidential-not-sent",
            Self::Version { .. } => "version",
            Self::Pdf(_) => "pdf",
            Self::Id(_) => "id",
            Self::Unreadable(error) => error.code(),
        }
    }
}

impl From<SendDocumentError> for itk3::PayloadError {
    fn from(error: SendDocumentError) -> Self {
        match error {
            SendDocumentError::Unreadable(error) => error,
            other => Self::Refused {
                code: other.code(),
                what: other.to_string(),
            },
        }
    }
}

fn list(errors: &[FieldError]) -> String {
    errors
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
