//! How the provider is reached, and what its claims mean here.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::SignedDuration;
use reqwest::Url;
use serde::Deserialize;
use settings::Secret;

use crate::OpenIdError;

/// The table `[pages.openid]`. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenIdOptions {
    /// The provider's issuer, as its discovery document names it: `https://…`, or `http://` on this machine.
    pub issuer: String,
    /// What the provider calls this service.
    pub client_id: String,
    /// The secret shared with the provider; a public client, by PKCE alone, without it.
    pub client_secret: Option<Secret>,
    /// Where browsers reach the pages, such as `https://practice.example`. The provider must allow the redirect to
    /// this address followed by `/sign-in/callback`.
    pub address: String,
    /// What the button on the sign-in page calls the provider.
    #[serde(default = "default_name")]
    pub name: String,
    /// The claim that is the user's name here: 1 to 64 characters of `a`-`z`, `0`-`9` and `. _ - @`.
    #[serde(default = "default_user_claim")]
    pub user_claim: String,
    /// The claim with a role or a list of them. Dots lead into objects, such as `realm_access.roles`.
    #[serde(default = "default_role_claim")]
    pub role_claim: String,
    /// Which value of that claim is which role here; without it, values are the names of roles.
    #[serde(default)]
    pub roles: BTreeMap<String, String>,
    /// What is asked for.
    #[serde(default = "default_scopes")]
    pub scopes: Vec<String>,
    /// Minutes after which a session ends and the provider is asked anew: 5 to 720, default 60.
    #[serde(default = "default_session_minutes")]
    pub session_minutes: u32,
    /// Certificates of the authorities the provider is trusted by, in PEM; the machine's own without it.
    pub ca_file: Option<PathBuf>,
}

fn default_name() -> String {
    "your organisation's account".to_owned()
}

fn default_user_claim() -> String {
    "preferred_username".to_owned()
}

fn default_role_claim() -> String {
    "roles".to_owned()
}

fn default_scopes() -> Vec<String> {
    vec!["openid".to_owned(), "profile".to_owned()]
}

fn default_session_minutes() -> u32 {
    60
}

impl OpenIdOptions {
    /// Options with every other one at its default.
    pub fn new(
        issuer: impl Into<String>,
        client_id: impl Into<String>,
        address: impl Into<String>,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            client_id: client_id.into(),
            client_secret: None,
            address: address.into(),
            name: default_name(),
            user_claim: default_user_claim(),
            role_claim: default_role_claim(),
            roles: BTreeMap::new(),
            scopes: default_scopes(),
            session_minutes: default_session_minutes(),
            ca_file: None,
        }
    }

    /// How long a session lasts at most.
    #[must_use]
    pub fn session(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.session_minutes))
    }

    /// Where the provider sends browsers back to.
    pub(crate) fn redirect_uri(&self) -> String {
        format!("{}/sign-in/callback", self.address.trim_end_matches('/'))
    }

    /// Where discovery is.
    pub(crate) fn discovery(&self) -> String {
        let issuer = self.issuer.trim_end_matches('/');
        format!("{issuer}/.well-known/openid-configuration")
    }

    pub(crate) fn check(&self) -> Result<(), OpenIdError> {
        private("issuer", &self.issuer)?;
        private("address", &self.address)?;
        let wrong = |setting, problem: &str| {
            Err(OpenIdError::Configuration {
                setting,
                problem: problem.to_owned(),
            })
        };
        if self.client_id.is_empty() {
            return wrong("client_id", "expected what the provider calls this service");
        }
        if !self.scopes.iter().any(|scope| scope == "openid") {
            return wrong("scopes", "expected \"openid\" among them");
        }
        if !(5..=720).contains(&self.session_minutes) {
            return wrong("session_minutes", "expected 5 to 720 minutes");
        }
        Ok(())
    }
}

/// An address nobody reads along: `https`, or `http` on this machine.
pub(crate) fn private(setting: &'static str, address: &str) -> Result<Url, OpenIdError> {
    let wrong = |problem: &str| OpenIdError::Configuration {
        setting,
        problem: problem.to_owned(),
    };
    let url = Url::parse(address).map_err(|_| wrong("expected an address such as https://…"))?;
    let is_http = matches!(url.scheme(), "https" | "http");
    if !is_http || url.host_str().is_none() || settings::is_sent_in_clear(url.as_str()) {
        return Err(wrong("expected https://, or http:// to this machine"));
    }
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(wrong("expected an address without user, query or fragment"));
    }
    Ok(url)
}
