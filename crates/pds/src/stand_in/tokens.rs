//! Access tokens of the stand-in, bought with a signed JWT.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use ring::signature::{RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey};
use rustls_pki_types::SubjectPublicKeyInfoDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::access::{ApplicationKey, Gate, REMEMBERED};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const LONGEST_ASSERTION: SignedDuration = SignedDuration::from_mins(5);
/// What the real service gives.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_secs(599);

/// The form of a token request.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct Request {
    grant_type: String,
    client_assertion_type: String,
    client_assertion: String,
}

/// The key of an application that may buy tokens.
pub(super) struct PublicKey {
    api_key: String,
    key_id: String,
    /// RSAPublicKey, DER; empty when the PEM could not be read, and then nothing verifies.
    rsa: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    jti: String,
    exp: i64,
}

/// What is wrong with a request, as OAuth 2.0 says it.
struct Refusal(StatusCode, &'static str, &'static str);

fn bad(description: &'static str) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, "invalid_request", description)
}

/// The key within a `SubjectPublicKeyInfo`.
fn rsa_key(pem: &str) -> Option<Vec<u8>> {
    let der = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()).ok()?;
    let (_, info) = SubjectPublicKeyInfo::from_der(&der).ok()?;
    Some(info.subject_public_key.data.into_owned())
}

impl From<ApplicationKey> for PublicKey {
    fn from(key: ApplicationKey) -> Self {
        let rsa = rsa_key(&key.public_key_pem);
        if rsa.is_none() {
            tracing::error!(
                key_id = key.key_id,
                "the public key of an application is not PEM"
            );
        }
        Self {
            api_key: key.api_key,
            key_id: key.key_id,
            rsa: rsa.unwrap_or_default(),
        }
    }
}

impl Gate {
    /// Answers `POST /oauth2/token`.
    pub(super) fn issue(&self, request: &Request) -> Response {
        if let Err(Refusal(status, error, description)) = self.check(request) {
            let body = json!({ "error": error, "error_description": description });
            return (status, Json(body)).into_response();
        }
        let now = self.now();
        let mut bytes = [0; 24];
        self.randomness.fill(&mut bytes);
        let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut tokens = self.tokens.lock();
        if tokens.len() >= REMEMBERED {
            tokens.retain(|_, ends| now < *ends);
        }
        tokens.insert(token.clone(), now + TOKEN_LIFE);
        Json(json!({
            "access_token": token,
            "expires_in": TOKEN_LIFE.as_secs().to_string(),
            "token_type": "Bearer",
            "issued_at": now.as_millisecond().to_string(),
        }))
        .into_response()
    }

    fn check(&self, request: &Request) -> Result<(), Refusal> {
        if request.grant_type != "client_credentials" {
            let error = "unsupported_grant_type";
            return Err(Refusal(
                StatusCode::BAD_REQUEST,
                error,
                "grant_type is invalid",
            ));
        }
        if request.client_assertion_type != ASSERTION_TYPE {
            return Err(bad("Missing or invalid client_assertion_type"));
        }
        let Some(keys) = &self.keys else {
            return Ok(());
        };
        let (signed, signature) = request
            .client_assertion
            .rsplit_once('.')
            .ok_or(bad("Malformed JWT"))?;
        let (header, claims) = signed.split_once('.').ok_or(bad("Malformed JWT"))?;
        let header: Header = part(header)?;
        let claims: Claims = part(claims)?;
        if header.alg != "RS512" {
            return Err(bad("Invalid 'alg' header in JWT - must be RS512"));
        }
        let key = keys
            .iter()
            .find(|key| key.key_id == header.kid && key.api_key == claims.iss)
            .ok_or(Refusal(
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "Unknown iss or kid",
            ))?;
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| bad("Malformed JWT"))?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA512, &key.rsa)
            .verify(signed.as_bytes(), &signature)
            .map_err(|_| {
                let description = "JWT signature verification failed";
                Refusal(StatusCode::UNAUTHORIZED, "public_key error", description)
            })?;
        self.check_claims(claims)
    }

    fn check_claims(&self, claims: Claims) -> Result<(), Refusal> {
        if claims.iss != claims.sub {
            return Err(bad("Missing or non-matching iss/sub claims in JWT"));
        }
        if claims.aud != self.token_url {
            return Err(bad("Missing or invalid aud claim in JWT"));
        }
        let now = self.now();
        let Ok(ends) = jiff::Timestamp::from_second(claims.exp) else {
            return Err(bad("Invalid exp claim in JWT"));
        };
        if ends <= now {
            return Err(bad("Invalid exp claim in JWT - JWT has expired"));
        }
        if ends > now + LONGEST_ASSERTION {
            return Err(bad(
                "Invalid exp claim in JWT - more than 5 minutes in future",
            ));
        }
        if claims.jti.is_empty() || claims.jti.len() > 200 {
            return Err(bad("Missing or invalid jti claim in JWT"));
        }
        let mut used = self.used.lock();
        used.retain(|_, ends| now < *ends);
        if used.len() >= REMEMBERED || used.insert(claims.jti, ends).is_some() {
            return Err(bad("Non-unique jti claim in JWT"));
        }
        Ok(())
    }
}

fn part<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| bad("Malformed JWT"))?;
    serde_json::from_slice(&bytes).map_err(|_| bad("Malformed JWT"))
}
