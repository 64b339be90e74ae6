//! Why a document is not the ITK3 message it should be.

/// Why a document is not the ITK3 message it should be. Reading it again gives the same error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Itk3Error {
    /// The root is not a `Bundle`, or its first entry no `MessageHeader`.
    #[error(
        "expected a message bundle whose first entry is a MessageHeader, found another resource"
    )]
    NotAMessage,
    /// No `MessageHeader.response`.
    #[error("expected an acknowledgement, found a message without MessageHeader.response")]
    NoResponse,
    /// No outcome, or none with a response code.
    #[error("expected an OperationOutcome with a response code in issue.details, found none")]
    NoCode,
}

impl Itk3Error {
    /// A stable code, for logs and reports.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAMessage => "itk3-not-a-message",
            Self::NoResponse => "itk3-no-response",
            Self::NoCode => "itk3-no-code",
        }
    }
}
