//! The certificate that a TLS client showed.

use x509_parser::prelude::{FromDer, X509Certificate};

/// The verified certificate of a TLS client, in the extensions of each of its requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerCertificate {
    /// The common name of its subject; none when there is none, or more than one.
    pub common_name: Option<String>,
    /// The serial number, lower-case hexadecimal without leading zeros.
    pub serial: String,
}

impl PeerCertificate {
    /// Reads a certificate that the TLS library has already verified.
    pub(crate) fn from_der(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let mut names = certificate.subject().iter_common_name();
        let common_name = match (names.next(), names.next()) {
            (Some(one), None) => one.as_str().ok().map(str::to_owned),
            _ => None,
        };
        Some(Self {
            common_name,
            serial: format!("{:x}", certificate.serial),
        })
    }
}
