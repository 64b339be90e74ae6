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
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sandbox: false,
            environment: "local".to_owned(),
            build_label: env!("CARGO_PKG_VERSION").to_owned(),
            request_seconds: 3600,
        }
    }
}
