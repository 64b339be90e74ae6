//! What can be wrong with the headers of a send.

use std::fmt;

use crate::status::{self, Fault};

/// One header that breaks a length rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldFault {
    /// Mandatory, and not there.
    Missing(&'static str),
    /// Longer than the limit, in characters.
    TooLong(&'static str, usize),
}

impl FieldFault {
    /// The header's name.
    pub fn header(&self) -> &'static str {
        match self {
            Self::Missing(name) | Self::TooLong(name, _) => name,
        }
    }
}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(_) => f.write_str("Field required"),
            Self::TooLong(_, limit) => {
                write!(f, "String should have at most {limit} characters")
            }
        }
    }
}

/// What is wrong with the headers of a send: the first of these kinds, in the order in which the
/// API checks them. Sending again is safe once they are put right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderFaults {
    /// 400 in the framework's shape: headers missing or too long, all of them.
    #[error("headers are missing or too long: {}", names(.0))]
    Validation(Vec<FieldFault>),
    /// 400, TRANSFER 06: control characters, or a recipient, workflow or checksum beginning with
    /// `http://` or `https://`.
    #[error("headers hold control characters or a URL: {}", .0.join(", "))]
    Malformed(Vec<&'static str>),
    /// 400, `Invalid checksum`.
    #[error("expected letters, digits, white space, ':', '-' and '/' in mex-content-checksum")]
    Checksum,
    /// 400, SEND 08.
    #[error("mex-to is blank")]
    RecipientBlank,
    /// 422, `UnsupportedContentEncoding`.
    #[error("expected no content-encoding, or gzip")]
    Encoding,
    /// 417, `InvalidHeaderChunks`.
    #[error("expected a mex-chunk-range of 1:n on the first request and k:n later")]
    ChunkRange,
}

impl HeaderFaults {
    /// The triple to answer with; `None` for [`HeaderFaults::Validation`], which has its own shape.
    pub fn fault(&self) -> Option<Fault> {
        match self {
            Self::Validation(_) => None,
            Self::Malformed(_) => Some(status::MALFORMED_CONTROL_FILE),
            Self::Checksum => Some(status::INVALID_CHECKSUM),
            Self::RecipientBlank => Some(status::TO_MISSING),
            Self::Encoding => Some(status::UNSUPPORTED_ENCODING),
            Self::ChunkRange => Some(status::INVALID_CHUNK_RANGE),
        }
    }
}

fn names(faults: &[FieldFault]) -> String {
    faults
        .iter()
        .map(FieldFault::header)
        .collect::<Vec<_>>()
        .join(", ")
}
