//! What ties a sign-in to the browser that began it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nhs::Randomness;
use ring::{digest, hmac};
use subtle::ConstantTimeEq;

/// Characters of a binding as it stands in a cookie: 256 random bits.
const LENGTH: usize = 43;

/// 256 random bits that only one browser has, in a cookie. `state`, `nonce` and the PKCE verifier are made from
/// it with HMAC-SHA256: what comes back is this browser's own exactly when it agrees.
#[derive(Clone, PartialEq, Eq)]
pub struct Binding(String);

impl Binding {
    /// One that nobody knows yet.
    #[must_use]
    pub fn new(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; 32];
        randomness.fill(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The one in a cookie; `None` when it is none.
    #[must_use]
    pub fn parse(cookie: &str) -> Option<Self> {
        let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let good = cookie.len() == LENGTH && cookie.chars().all(is_letter);
        good.then(|| Self(cookie.to_owned()))
    }

    /// As it stands in the cookie.
    #[must_use]
    pub fn cookie(&self) -> &str {
        &self.0
    }

    pub(crate) fn state(&self) -> String {
        self.derived("state")
    }

    pub(crate) fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// The PKCE verifier: 43 characters.
    pub(crate) fn verifier(&self) -> String {
        self.derived("code verifier")
    }

    /// What the provider is told of the verifier (S256).
    pub(crate) fn challenge(&self) -> String {
        let digest = digest::digest(&digest::SHA256, self.verifier().as_bytes());
        URL_SAFE_NO_PAD.encode(digest)
    }

    fn derived(&self, what: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_bytes());
        URL_SAFE_NO_PAD.encode(hmac::sign(&key, what.as_bytes()))
    }
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Binding([redacted])")
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}
