//! Certificates for development, demonstrations and closed networks: an authority kept in a
//! directory, server and client certificates issued by it, and its revocation list.
//!
//! Against the real Spine the certificates come from NHS England; the server takes those as well,
//! they are only PEM files to it.

mod authority;
mod files;

use std::path::PathBuf;

pub use authority::Authority;
pub use files::{Issued, IssuedFiles};

/// Why a certificate was not made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file of the authority or an issued one cannot be read or written.
    #[error("cannot use {0}: {1}")]
    File(PathBuf, #[source] std::io::Error),
    /// A file is there, and is not what it should be.
    #[error("{0} is not {1}")]
    Unreadable(PathBuf, &'static str),
    /// A name that cannot stand in a certificate.
    #[error(
        "a local id is 1 to 40 letters, digits, '-', '_' and '.', and does not begin or end with '.'"
    )]
    LocalId,
    /// A serial number that is not hexadecimal.
    #[error("a serial number is 1 to 40 hexadecimal digits")]
    Serial,
    /// The certificate library refused.
    #[error("the certificate cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
}
