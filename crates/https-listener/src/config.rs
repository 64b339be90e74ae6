//! A listener's address, limits and TLS files, as configuration files have them.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

/// Where and how the server listens. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListenerConfig {
    /// Address and port, for example `0.0.0.0:443`; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Absent: plain HTTP/1.1, for a sandbox or behind a proxy that ends TLS.
    /// Present: TLS 1.2 and 1.3 with HTTP/1.1 and HTTP/2.
    #[serde(default)]
    pub tls: Option<TlsConfig>,
    /// Connections served at once, at least 1; further ones wait in the kernel's
    /// queue. No more than a third of the open files that the system allows. Default 4096.
    #[serde(default = "default_max_connections")]
    pub max_connections: usize,
    /// Seconds a client has for the TLS handshake. Default 10.
    #[serde(default = "default_handshake_seconds")]
    pub handshake_seconds: u64,
    /// Seconds a client has to send a request's headers. Default 30.
    #[serde(default = "default_header_seconds")]
    pub header_seconds: u64,
    /// Seconds without a byte of a request or an answer after which a connection is closed; pings
    /// are none. Default 120.
    #[serde(default = "default_idle_seconds")]
    pub idle_seconds: u64,
    /// Seconds that requests under way may still take once the server stops. Default 30.
    #[serde(default = "default_drain_seconds")]
    pub drain_seconds: u64,
}

/// The server's certificate and whom it trusts. The files are read again when they change, so that
/// a renewed certificate or a new revocation list needs no restart.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// PEM file: the server's certificate, then the intermediate ones.
    pub certificate: PathBuf,
    /// PEM file: the private key, PKCS#8, PKCS#1 or SEC1.
    pub key: PathBuf,
    /// PEM file of the authorities whose client certificates are trusted. Present: every client
    /// must show one (mutual TLS). Absent: clients show none.
    #[serde(default)]
    pub client_ca: Option<PathBuf>,
    /// PEM files of revocation lists. With any, each certificate of a client's chain must be covered
    /// by a list of its issuer and not be on it.
    #[serde(default)]
    pub revocation_lists: Vec<PathBuf>,
    /// Whether a revocation list past its next update refuses everyone it covers. Default false.
    #[serde(default)]
    pub refuse_expired_revocation_lists: bool,
}

impl ListenerConfig {
    /// Plain HTTP on the address, everything else as by default.
    pub fn plain(listen: SocketAddr) -> Self {
        Self {
            listen,
            tls: None,
            max_connections: default_max_connections(),
            handshake_seconds: default_handshake_seconds(),
            header_seconds: default_header_seconds(),
            idle_seconds: default_idle_seconds(),
            drain_seconds: default_drain_seconds(),
        }
    }

    /// TLS on the address, everything else as by default.
    pub fn tls(listen: SocketAddr, tls: TlsConfig) -> Self {
        Self {
            tls: Some(tls),
            ..Self::plain(listen)
        }
    }
}

fn default_max_connections() -> usize {
    4096
}

fn default_handshake_seconds() -> u64 {
    10
}

fn default_header_seconds() -> u64 {
    30
}

fn default_idle_seconds() -> u64 {
    120
}

fn default_drain_seconds() -> u64 {
    30
}
