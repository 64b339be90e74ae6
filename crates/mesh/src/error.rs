//! Why a text is not the MESH word it should be.

use crate::address::AddressFault;
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
    #[error("a control file is at most 64 KiB")]
    ControlFileTooLong,
    /// The control file is not UTF-8.
    #[error("a control file is UTF-8")]
    ControlFileEncoding,
    /// The control file is not well-formed XML, or has a document type declaration.
    #[error("the control file is not well-formed XML without a DTD")]
    ControlFileXml,
    /// The control file's root element has another name.
    #[error("the root element of a control file is DTSControl")]
    ControlFileRoot,
}
