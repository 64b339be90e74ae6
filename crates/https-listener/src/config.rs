//! A listener's address, limits and TLS files, as configuration files have them.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;
use settings::Network;

/// Where and how the server listens. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListenerConfig {
    /// Address and port, for example `0.0.0.0:443`; port 0 takes a free one.
    #[serde(deserialize_with = "settings::listen_setting")]
    pub listen: SocketAddr,
    /// Absent: plain HTTP/1.1, for a sandbox or behind a proxy that ends TLS.
    /// Present: TLS 1.2 and 1.3 with HTTP/1.1 and HTTP/2.
    #[serde(default)]
    pub tls: Option<TlsConfig>,
    /// Connections served at once, at least 1; further ones wait in the kernel's
    /// queue. No more than a third of the open files that the system allows. Default 4096.
    #[serde(default = "default_max_connections")]
    pub max_connections: usize,
    /// The most of them from one address (IPv6: from one /64), over TLS; further ones are closed. Never
    /// more than half of those served at once. 0: no limit. Default 1024.
    #[serde(default = "default_max_connections_per_address")]
    pub max_connections_per_address: usize,
    /// The most of them with one client certificate; further ones are closed. Never more than a quarter
    /// of those served at once. 0: no limit. Default 256.
    #[serde(default = "default_max_connections_per_certificate")]
    pub max_connections_per_certificate: usize,
    /// Proxies and balancers in front, for which there is no limit by address, and whose
    /// `X-Forwarded-For` says whose a request is. Of nobody else is it even read. Default: none.
    #[serde(default)]
    pub trusted_proxies: Vec<Network>,
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
    /// Seconds of waiting for the reader of an answer within which it must take `slow_reader_bytes`;
    /// else its connection is closed. 0: however slow. Default 60.
    #[serde(default = "default_slow_reader_seconds")]
    pub slow_reader_seconds: u64,
    /// Bytes. Default 65536: about 9 kilobits a second.
    #[serde(default = "default_slow_reader_bytes")]
    pub slow_reader_bytes: u64,
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
            max_connections_per_address: default_max_connections_per_address(),
            max_connections_per_certificate: default_max_connections_per_certificate(),
            trusted_proxies: Vec::new(),
            handshake_seconds: default_handshake_seconds(),
            header_seconds: default_header_seconds(),
            idle_seconds: default_idle_seconds(),
            slow_reader_seconds: default_slow_reader_seconds(),
            slow_reader_bytes: default_slow_reader_bytes(),
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

fn default_max_connections_per_address() -> usize {
    1024
}

fn default_max_connections_per_certificate() -> usize {
    256
}

fn default_slow_reader_seconds() -> u64 {
    60
}

fn default_slow_reader_bytes() -> u64 {
    64 * 1024
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
