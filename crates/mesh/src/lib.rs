//! The words of the MESH protocol, for both ends of it: authorization token, `Mex-` headers, chunk
//! range, patient address, control file, status and error codes, API bodies of version 1 and 2.
//! Everything is pure: no I/O, no clock of its own, no HTTP server or client.
//!
//! Values that may identify a patient (recipient, subject, local and partner id, file name) redact
//! themselves in `Debug`.

pub mod address;
pub mod api;
mod certificate_name;
pub mod chunk;
pub mod control_file;
mod error;
pub mod headers;
pub mod prefer;
mod redact;
pub mod status;
pub mod token;
pub mod token_explanation;
pub mod version;

pub use address::{AddressFault, Recipient};
pub use certificate_name::CertificateName;
pub use chunk::ChunkRange;
pub use control_file::{AddressType, ControlFile, MessageType};
pub use error::MeshError;
pub use headers::{
    ChunkHeaders, ContentEncoding, HeaderFaults, HeaderText, ReceivedHeaders, SendHeaders,
};
pub use status::{Fault, Status, StatusCode, StatusEvent, StatusRecord};
pub use token::{AuthorizationToken, Leniency};
pub use version::ApiVersion;
