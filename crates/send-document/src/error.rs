//! What can go wrong with a consultation, a document or a message. No message carries patient data.

use itk3::payload::record::FieldError;

/// Why a message could not be built or read. No message carries patient data; none of these is
/// cured by sending the same thing again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendDocumentError {
    /// The consultation's JSON or fields are not as documented.
    #[error("the consultation is not as its format describes: {}", FieldError::list(.0))]
    InvalidConsultation(Vec<FieldError>),
    /// The document's JSON, fields or files are not as documented.
    #[error("the document is not as its format describes: {}", FieldError::list(.0))]
    InvalidDocument(Vec<FieldError>),
    /// 1.3 carries reports of consultations only.
    #[error(
        "Send Document 1.3 cannot carry this document, build it by the rules of 2.0: {}", FieldError::list(.0)
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
