//! Why a server does not start, or a certificate is not made.

use std::net::SocketAddr;
use std::path::PathBuf;

/// What can go wrong before a listener listens, and in keeping a certificate authority.
#[derive(Debug, thiserror::Error)]
pub enum ListenerError {
    /// The address cannot be bound.
    #[error("cannot listen on {0}: {1}")]
    Bind(SocketAddr, #[source] std::io::Error),
    /// A certificate, key or revocation list cannot be read.
    #[error("cannot use the TLS file {0}: {1}")]
    TlsFile(PathBuf, String),
    /// The TLS settings contradict each other, for example a key that is not the certificate's.
    #[error("the TLS settings cannot be used: {0}")]
    Tls(#[from] rustls::Error),
    /// A file of the authority or an issued one cannot be read or written.
    #[error(transparent)]
    File(#[from] durable::FileError),
    /// A file is there, and is not what it should be.
    #[error("{0} is not {1}")]
    Unreadable(PathBuf, &'static str),
    /// A serial number that is not hexadecimal.
    #[error("a serial number is 1 to 40 hexadecimal digits")]
    Serial,
    /// The system gave no random bytes for a serial number.
    #[error("the system gives no random numbers; no certificate was made")]
    Randomness,
    /// The certificate library refused.
    #[error("the certificate cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
}
