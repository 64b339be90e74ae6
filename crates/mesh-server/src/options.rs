//! How the API is served: the table `[api]`.

use https_listener::Server;
use serde::Deserialize;

/// How the API is served, beside what the exchange itself decides. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Whether mesh-sandbox's admin routes exist: they need no authorization and can empty
    /// mailboxes. Default false.
    pub sandbox: bool,
    /// `env` in the answers of the health routes. Default `local`.
    pub environment: String,
    /// `build_label` in the answers of the health routes. Default: the version of this build.
    pub build_label: String,
    /// Seconds from a request's headers to the head of its answer, so the time an upload may take.
    /// Default 3600: 100 MB at a quarter of a megabit a second.
    pub request_seconds: u64,
    /// Seconds of waiting for a request's body within which `slow_body_bytes` must come, from so many
    /// seconds after its beginning on; else the request ends. 0: however slow. Default 30.
    pub slow_body_seconds: u64,
    /// Bytes. Default 65536: about 17 kilobits a second.
    pub slow_body_bytes: u64,
    /// Requests of one mailbox a second, as many as it likes for a while: beyond `requests_burst` 429.
    /// 0: no limit. Default 100.
    pub requests_per_second: u32,
    /// Requests of one mailbox beyond that pace, before it is held to it. Default 20000.
    pub requests_burst: u32,
    /// Refused calls a minute of one certificate, or of one address where none is shown: beyond
    /// `refused_burst` 429, unseen. 0: no limit. Default 60.
    pub refused_per_minute: u32,
    /// Refused calls beyond that pace, before they are answered 429. Default 200.
    pub refused_burst: u32,
    /// The longest, in seconds, that a list of an inbox or a count waits for a message where a caller prefers
    /// to wait; kept well below `idle_seconds` of the listener. 0: never. Default 50.
    pub wait_seconds: u32,
    /// The most requests that wait at once; further ones are answered at once. Never more than half of the
    /// connections that the listener serves at once. Default 2048.
    pub waiting_requests: usize,
    /// The most of them of one mailbox. Default 4.
    pub waiting_requests_per_mailbox: usize,
    /// The most bytes of memory that answers take while their readers read. Default 134217728.
    pub download_memory_bytes: usize,
    /// The most of these that answers to one mailbox take. Default 33554432.
    pub download_memory_bytes_per_mailbox: usize,
    /// The most bytes that the server makes of a stored gzip for a reader that takes none. Default
    /// 536870912; beyond 10 MiB also no more than 200 times the gzip's own length.
    pub expanded_bytes: u64,
}

impl Options {
    /// The same, so that requests that wait leave room on a listener: they take half of its connections at
    /// most, and are answered well before they would be taken for idle.
    pub fn served_by(mut self, server: &Server) -> Self {
        let idle = u32::try_from(server.idle().as_secs() / 2).unwrap_or(u32::MAX);
        self.wait_seconds = self.wait_seconds.min(idle);
        self.waiting_requests = self.waiting_requests.min(server.places() / 2);
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sandbox: false,
            environment: "local".to_owned(),
            build_label: env!("CARGO_PKG_VERSION").to_owned(),
            request_seconds: 3600,
            slow_body_seconds: 30,
            slow_body_bytes: 64 * 1024,
            requests_per_second: 100,
            requests_burst: 20_000,
            refused_per_minute: 60,
            refused_burst: 200,
            wait_seconds: 50,
            waiting_requests: 2048,
            waiting_requests_per_mailbox: 4,
            download_memory_bytes: 128 * 1024 * 1024,
            download_memory_bytes_per_mailbox: 32 * 1024 * 1024,
            expanded_bytes: 512 * 1024 * 1024,
        }
    }
}
