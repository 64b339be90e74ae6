//! Who is at the other end: the certificate that a TLS client showed, and the address it comes from.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use settings::{Network, nearest_address};
use x509_parser::prelude::{FromDer, X509Certificate};

/// The verified certificate of a TLS client, in the extensions of each of its requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerCertificate {
    /// The common name of its subject; none when there is none, or more than one.
    pub common_name: Option<String>,
    /// The serial number, lower-case hexadecimal without leading zeros.
    pub serial: String,
}

/// Where a request comes from, in its extensions: the address of the peer, or what a trusted proxy says of
/// whom it forwards for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallerAddress(pub IpAddr);

impl CallerAddress {
    pub(crate) fn of(peer: SocketAddr, headers: &HeaderMap, trusted: &[Network]) -> Self {
        let peer = peer.ip().to_canonical();
        if !Network::any_contains(trusted, peer) {
            return Self(peer);
        }
        let said: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .flat_map(|value| value.to_str().unwrap_or("?").split(','))
            .collect();
        Self(nearest_address(peer, said.iter().copied(), trusted))
    }
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
