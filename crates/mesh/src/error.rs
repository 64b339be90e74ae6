//! Why a text is not the MESH word it should be.

use text_input::TextError;

use crate::address::AddressFault;
use crate::control_file::Place;
use crate::headers::HeaderFaults;

/// Why a text is not the MESH word it should be. No variant carries the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeshError {
    /// No `Authorization` header, or a blank one.
    #[error("the Authorization header is missing or blank")]
    TokenMissing,
    /// The header does not hold a token.
    #[error(
        "expected 'NHSMESH mailbox:nonce:nonce_count:yyyyMMddHHmm:hash' in the Authorization header"
    )]
    TokenMalformed,
    /// The `Accept` header names a MESH media type that does not exist.
    #[error("expected application/vnd.mesh.v1+json or application/vnd.mesh.v2+json in Accept")]
    Accept,
    /// Not `k:n`.
    #[error("expected a chunk range k:n, both whole numbers, 1 ≤ k ≤ n")]
    ChunkRange,
    /// The send headers break a rule.
    #[error(transparent)]
    Headers(#[from] HeaderFaults),
    /// A header of an answer is missing or unreadable.
    #[error("the answer's {0} header is missing or unreadable")]
    ReceivedHeader(&'static str),
    /// A value cannot travel in a header: it holds a control character.
    #[error("the value for the {0} header holds a control character")]
    HeaderValue(&'static str),
    /// The recipient is neither a mailbox id nor a patient address.
    #[error(transparent)]
    Address(#[from] AddressFault),
    /// A local id that cannot stand in a certificate's name.
    #[error(
        "a local id is 1 to 40 letters, digits, '-', '_' and '.', and does not begin or end with '.'"
    )]
    LocalId,
    /// The control file is longer than [`crate::control_file::MAX_BYTES`].
    #[error("expected a control file of at most 64 KiB, found a longer one")]
    ControlFileTooLong,
    /// The control file is in none of the encodings that are read.
    #[error(transparent)]
    ControlFileEncoding(#[from] TextError),
    /// The control file is something else: nothing at all, a PDF.
    #[error("expected a control file, XML with the root element DTSControl, found {found}")]
    ControlFileForeign {
        /// What it is.
        found: &'static str,
    },
    /// The control file is not well-formed XML.
    #[error("expected well-formed XML, found {problem} at {place}")]
    ControlFileXml {
        /// What is wrong.
        problem: &'static str,
        /// Where.
        place: Place,
    },
    /// The control file has a document type declaration.
    #[error(
        "expected a control file without a document type declaration, found a DOCTYPE; remove it"
    )]
    ControlFileDocumentType,
    /// The control file's root element has another name.
    #[error("expected the root element DTSControl, in this spelling, found {found}")]
    ControlFileRoot {
        /// The name, as far as it is letters, digits, `_` and `-`.
        found: String,
    },
}
