//! Why a message was not built. No message carries patient data.

use itk3::payload::record::FieldError;

/// Why a message was not built. Building the same again gives the same error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The consultation's JSON or fields are not as documented.
    #[error("the consultation is not as its format describes: {}", FieldError::list(.0))]
    Consultation(Vec<FieldError>),
    /// Versions start at 1; a version above 1 replaces a document, version 1 replaces none.
    #[error(
        "expected version 1 without a document to replace, or a later version with one; found version {0}"
    )]
    Version(u32),
    /// A fixed id was refused by its own type.
    #[error(transparent)]
    Id(#[from] nhs::IdError),
}

impl BuildError {
    /// A stable code for logs and JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Consultation(_) => "invalid-consultation",
            Self::Version(_) => "version",
            Self::Id(_) => "id",
        }
    }
}

impl From<BuildError> for itk3::PayloadError {
    fn from(error: BuildError) -> Self {
        Self::Refused {
            code: error.code(),
            what: error.to_string(),
        }
    }
}
