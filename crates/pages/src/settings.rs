//! The table `[pages]` of a service's settings.

use ::settings::Network;
use openid_connect::OpenIdOptions;
use serde::Deserialize;

use crate::source::Proxies;

/// What the pages of either service are set to. Unknown keys are refused.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PagesSettings {
    /// Addresses or networks of the proxies whose `X-Forwarded-For` is believed. Of nobody else is it
    /// even read.
    pub trusted_proxies: Vec<Network>,
    /// Whether browsers reach the pages through one of them over TLS: cookies are then bound to TLS.
    pub behind_tls_proxy: bool,
    /// The OpenID Connect provider that people may sign in by, beside passwords.
    pub openid: Option<OpenIdOptions>,
    /// Days that lines of the security log are kept, 31 at least; for ever without it.
    pub security_log_days: Option<u32>,
}

impl PagesSettings {
    /// What stands in front of the pages.
    #[must_use]
    pub fn proxies(&self) -> Proxies {
        Proxies {
            trusted_proxies: self.trusted_proxies.clone(),
            behind_tls_proxy: self.behind_tls_proxy,
        }
    }
}
