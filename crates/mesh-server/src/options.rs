//! How the API is served: the table `[api]`.

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
        }
    }
}
