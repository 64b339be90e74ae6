//! Who may ask the stand-in.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::{HeaderMap, header};
use jiff::Timestamp;
use nhs::{Clock, Randomness};
use parking_lot::Mutex;
use uuid::Uuid;

use super::Options;
use super::issue::Issue;
use super::tokens::PublicKey;

/// The most tokens and assertion ids remembered.
pub(super) const REMEMBERED: usize = 100_000;

/// Who may ask.
#[derive(Debug, Clone)]
pub enum Access {
    /// Anybody, with or without a token.
    Open,
    /// Whoever holds a token bought with an assertion signed by one of these keys.
    Signed(Vec<ApplicationKey>),
}

/// A client application, as it would be registered with the real service.
#[derive(Debug, Clone)]
pub struct ApplicationKey {
    /// The application's API key: issuer and subject of its assertions.
    pub api_key: String,
    /// The `kid` of its assertions.
    pub key_id: String,
    /// Its RSA public key, PEM (`BEGIN PUBLIC KEY`).
    pub public_key_pem: String,
}

/// Decides who may ask, and keeps the tokens it gave.
pub(super) struct Gate {
    pub(super) keys: Option<Vec<PublicKey>>,
    pub(super) token_url: String,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) randomness: Arc<dyn Randomness>,
    /// Token to its end.
    pub(super) tokens: Mutex<HashMap<String, Timestamp>>,
    /// Assertion ids already used, to the end of their assertion.
    pub(super) used: Mutex<HashMap<String, Timestamp>>,
}

impl Gate {
    pub(super) fn new(options: Options) -> Self {
        let keys = match options.access {
            Access::Open => None,
            Access::Signed(keys) => Some(keys.into_iter().map(PublicKey::from).collect()),
        };
        Self {
            keys,
            token_url: options.token_url,
            clock: options.clock,
            randomness: options.randomness,
            tokens: Mutex::default(),
            used: Mutex::default(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether clients are application-restricted, rather than free as on the sandbox.
    pub(super) fn is_restricted(&self) -> bool {
        self.keys.is_some()
    }

    pub(super) fn check_token(&self, headers: &HeaderMap) -> Result<(), Issue> {
        if self.keys.is_none() {
            return Ok(());
        }
        let Some(authorization) = headers.get(header::AUTHORIZATION) else {
            return Err(Issue::access_denied("Missing Authorization header"));
        };
        let authorization = authorization.to_str().unwrap_or_default().trim();
        if authorization.is_empty() {
            return Err(Issue::access_denied("Empty Authorization header"));
        }
        let token = match authorization.split_once(' ') {
            Some(("Bearer", token)) => token.trim(),
            Some(_) => return Err(Issue::access_denied("Invalid token type")),
            None => return Err(Issue::access_denied("Missing access token")),
        };
        let tokens = self.tokens.lock();
        match tokens.get(token) {
            Some(ends) if self.clock.now() < *ends => Ok(()),
            Some(_) => Err(Issue::access_denied("Access Token expired")),
            None => Err(Issue::access_denied("Invalid Access Token")),
        }
    }
}

pub(super) fn check_request_id(headers: &HeaderMap) -> Result<(), Issue> {
    let Some(id) = headers.get("x-request-id").filter(|id| !id.is_empty()) else {
        return Err(Issue::missing_value(
            "Invalid request with error - X-Request-ID header must be supplied to access this resource",
        ));
    };
    let id = String::from_utf8_lossy(id.as_bytes());
    if id.len() == 36 && Uuid::try_parse(&id).is_ok() {
        Ok(())
    } else {
        Err(Issue::invalid_value(format!(
            "Invalid value - '{id}' in header 'X-Request-ID'"
        )))
    }
}
