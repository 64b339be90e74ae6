//! Why a server does not start, or a certificate is not made.

use std::net::SocketAddr;
use std::path::PathBuf;

/// What can go wrong before a listener listens, and in keeping a certificate authority.
#[derive(Debug, thiserror::Error)]
pub enum ListenerError {
    /// The address cannot be bound.
    #[error("cannot listen on {0}: {1}{cure}", cure = cure(*.0, .1))]
    Bind(SocketAddr, #[source] std::io::Error),
    /// A certificate, key or revocation list cannot be read.
    #[error("cannot use the TLS file {0}: {1}")]
    TlsFile(PathBuf, String),
    /// The TLS settings contradict each other, for example a key that is not the certificate's.
    #[error("the TLS settings cannot be used: {0}")]
    Tls(#[from] rustls::Error),
    /// A private key's file, a file of the authority or an issued one cannot be read or written, or others
    /// can reach it.
    #[error(transparent)]
    File(#[from] durable::FileError),
    /// A directory of the authority's own cannot be listed.
    #[error("{0}: cannot be listed: {1}; check that this user may read it")]
    Directory(PathBuf, #[source] std::io::Error),
    /// The authority is there, and its private key is not.
    #[error(
        "{}: the authority's private key is not there; put it there, or name its place (authority_key_file \
         of server.toml)",
        .0.display()
    )]
    NoAuthorityKey(PathBuf),
    /// A file is there, and is not what it should be.
    #[error("{0} is not {1}")]
    Unreadable(PathBuf, &'static str),
    /// A serial number that is not hexadecimal.
    #[error("a serial number is 1 to 40 hexadecimal digits, with or without colons")]
    Serial,
    /// The system gave no random bytes for a serial number.
    #[error("the system gives no random numbers; no certificate was made")]
    Randomness,
    /// The certificate library refused.
    #[error("the certificate cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
}

/// What to do about an address that cannot be listened on.
fn cure(address: SocketAddr, error: &std::io::Error) -> String {
    use std::io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
    match error.kind() {
        AddrInUse => "; another program listens there (ss -ltnp shows which): end it, or choose another port".to_owned(),
        AddrNotAvailable => {
            "; this machine has no such address: 127.0.0.1 is for itself only, 0.0.0.0 for all of its addresses"
                .to_owned()
        }
        PermissionDenied if address.port() < 1024 => {
            "; ports below 1024 need a right that this user has not: choose one from 1024 on, or give the service \
             AmbientCapabilities=CAP_NET_BIND_SERVICE"
                .to_owned()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Error, ErrorKind};

    #[test]
    fn an_address_that_cannot_be_listened_on_is_told_with_what_to_do() {
        let told = |address: &str, kind| {
            ListenerError::Bind(address.parse().unwrap(), Error::from(kind)).to_string()
        };
        let used = told("127.0.0.1:8700", ErrorKind::AddrInUse);
        assert!(
            used.contains("127.0.0.1:8700") && used.contains("choose another port"),
            "{used}"
        );
        let low = told("0.0.0.0:80", ErrorKind::PermissionDenied);
        assert!(low.contains("CAP_NET_BIND_SERVICE"), "{low}");
        let high = told("0.0.0.0:8080", ErrorKind::PermissionDenied);
        assert!(!high.contains("CAP_NET_BIND_SERVICE"), "{high}");
        let elsewhere = told("192.0.2.1:8700", ErrorKind::AddrNotAvailable);
        assert!(elsewhere.contains("no such address"), "{elsewhere}");
    }
}
