//! Access tokens for PDS, bought with a signed JWT and renewed before they end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use nhs::{Clock, Randomness, uuid_v4};
use parking_lot::Mutex;
use reqwest::StatusCode;
use ring::rand::SystemRandom;
use ring::signature::RSA_PKCS1_SHA512;
use ring::signature::RsaKeyPair;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::options::Credentials;
use super::outcome::{body, retry_after, unanswered};
use crate::PdsError;

/// How long a signed assertion is good for; PDS accepts at most 5 minutes.
const ASSERTION_LIFE: SignedDuration = SignedDuration::from_mins(4);
/// A token is renewed this long before it ends.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_secs(60);

/// Access tokens by signed JWT (RS512).
pub(super) struct Tokens {
    token_url: String,
    api_key: SecretString,
    key_id: String,
    key: RsaKeyPair,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    held: Mutex<Option<Token>>,
    renewing: AtomicBool,
}

#[derive(Clone)]
struct Token {
    bearer: SecretString,
    renew_from: Timestamp,
    ends: Timestamp,
}

/// Ends the state of renewing, also when whoever renews gives up in the middle.
struct Renewal<'a>(&'a AtomicBool);

impl Drop for Renewal<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// PDS writes the lifetime as digits in a string; other servers as a number.
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: SecretString,
    expires_in: serde_json::Value,
}

impl Tokens {
    pub(super) fn new(
        credentials: &Credentials,
        http: reqwest::Client,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Result<Self, PdsError> {
        Ok(Self {
            key: read_key(credentials)?,
            token_url: credentials.token_url.clone(),
            api_key: credentials.api_key.resolve()?,
            key_id: credentials.key_id.clone(),
            http,
            clock,
            randomness,
            held: Mutex::new(None),
            renewing: AtomicBool::new(false),
        })
    }

    /// The text of a token that is still good. While one request renews it, the others go on with
    /// the old one, and an old one that is still good outlives a failed renewal.
    pub(super) async fn bearer(&self) -> Result<String, PdsError> {
        let now = self.clock.now();
        let held = self.lock().clone().filter(|token| now < token.ends);
        let Some(held) = held else {
            return Ok(self.fetch().await?.bearer.expose_secret().to_owned());
        };
        if now >= held.renew_from && !self.renewing.swap(true, Ordering::AcqRel) {
            let _renewal = Renewal(&self.renewing);
            match self.fetch().await {
                Ok(token) => return Ok(token.bearer.expose_secret().to_owned()),
                Err(error) => tracing::warn!(code = error.code(), "cannot renew the PDS token yet"),
            }
        }
        Ok(held.bearer.expose_secret().to_owned())
    }

    /// Forgets the token: PDS no longer accepts it.
    pub(super) fn forget(&self) {
        *self.lock() = None;
    }

    async fn fetch(&self) -> Result<Token, PdsError> {
        let now = self.clock.now();
        let form = [
            ("grant_type", "client_credentials"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", &self.assertion(now)?),
        ];
        let request = self.http.post(&self.token_url).form(&form);
        let response = request.send().await.map_err(|error| unanswered(&error))?;
        let (status, retry_after) = (response.status(), retry_after(&response));
        let body = body(response).await?;
        match status {
            StatusCode::OK => {}
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(PdsError::Refused {
                    status: status.as_u16(),
                });
            }
            _ => {
                let reason = "no access token to be had";
                return Err(PdsError::Unavailable {
                    retry_after,
                    reason,
                });
            }
        }
        let unexpected = PdsError::UnexpectedAnswer {
            expected: "an access token",
        };
        let Ok(answer) = serde_json::from_slice::<TokenAnswer>(&body) else {
            return Err(unexpected);
        };
        let seconds = match &answer.expires_in {
            serde_json::Value::String(digits) => digits.parse().ok(),
            number => number.as_i64(),
        };
        let Some(life) = seconds.filter(|s| (1..=86_400).contains(s)) else {
            return Err(unexpected);
        };
        let life = SignedDuration::from_secs(life);
        let token = Token {
            bearer: answer.access_token,
            renew_from: now + (life - RENEW_BEFORE.min(life / 2)),
            ends: now + life,
        };
        *self.lock() = Some(token.clone());
        Ok(token)
    }

    fn assertion(&self, now: Timestamp) -> Result<String, PdsError> {
        let api_key = self.api_key.expose_secret();
        let header = json!({ "alg": "RS512", "typ": "JWT", "kid": self.key_id });
        let claims = json!({
            "iss": api_key,
            "sub": api_key,
            "aud": self.token_url,
            "jti": uuid_v4(self.randomness.as_ref()).to_string(),
            "exp": (now + ASSERTION_LIFE).as_second(),
        });
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA512,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| PdsError::Configuration {
                setting: "private_key",
                problem: "the key cannot sign RS512".into(),
            })?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn lock(&self) -> parking_lot::MutexGuard<'_, Option<Token>> {
        self.held.lock()
    }
}

fn read_key(credentials: &Credentials) -> Result<RsaKeyPair, PdsError> {
    let pem = credentials.private_key.resolve()?;
    let key = match PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes()) {
        Ok(PrivateKeyDer::Pkcs8(der)) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok(),
        Ok(PrivateKeyDer::Pkcs1(der)) => RsaKeyPair::from_der(der.secret_pkcs1_der()).ok(),
        _ => None,
    };
    key.ok_or_else(|| PdsError::Configuration {
        setting: "private_key",
        problem: format!(
            "expected an RSA private key in PEM, found something else ({})",
            credentials.private_key.source()
        ),
    })
}
