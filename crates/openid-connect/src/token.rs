//! Tokens that the provider signed, and what makes them good.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::OpenIdError;
use crate::binding::same;
use crate::keys::{Keys, Signature};
use crate::options::OpenIdOptions;

/// Bytes of a token, at most.
const LONGEST: usize = 64 * 1024;
/// Seconds by which the provider's clock may differ from ours.
const LEEWAY: i64 = 60;
/// Seconds after which a logout token is too old.
const LOGOUT_LIFE: i64 = 10 * 60;
/// The event that a logout token is about.
const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What a token says.
pub(crate) type Claims = Map<String, Value>;

/// Why a token cannot be used.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It is signed by a key that is not known: perhaps a new one.
    UnknownKey,
    NotGood(&'static str),
}

impl From<Fault> for OpenIdError {
    fn from(fault: Fault) -> Self {
        Self::Token(match fault {
            Fault::UnknownKey => "its key is not among the provider's",
            Fault::NotGood(reason) => reason,
        })
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// The claims of an ID token that was issued to this service for the sign-in of this nonce.
pub(crate) fn id_token(
    token: &str,
    keys: &Keys,
    options: &OpenIdOptions,
    nonce: &str,
    now: Timestamp,
) -> Result<Claims, Fault> {
    let claims = signed(token, keys, &["JWT"])?;
    for_us(&claims, options)?;
    let said = text(&claims, "nonce").unwrap_or_default();
    if !same(said, nonce) {
        return Err(Fault::NotGood("it belongs to another sign-in"));
    }
    let ends = seconds(&claims, "exp").ok_or(Fault::NotGood("it has no end"))?;
    if ends.saturating_add(LEEWAY) <= now.as_second() {
        return Err(Fault::NotGood("it has expired"));
    }
    issued(&claims, now)?;
    let subject = text(&claims, "sub").unwrap_or_default();
    if subject.is_empty() || subject.len() > 255 {
        return Err(Fault::NotGood("it names nobody"));
    }
    Ok(claims)
}

/// The claims of a logout token for this service, which ends the sessions of `sub` or `sid`.
pub(crate) fn logout_token(
    token: &str,
    keys: &Keys,
    options: &OpenIdOptions,
    now: Timestamp,
) -> Result<Claims, Fault> {
    let claims = signed(token, keys, &["JWT", "logout+jwt"])?;
    for_us(&claims, options)?;
    let about = claims.get("events").and_then(|events| events.get(LOGOUT));
    if !about.is_some_and(Value::is_object) || claims.contains_key("nonce") {
        return Err(Fault::NotGood("it is no logout token"));
    }
    if issued(&claims, now)?.saturating_add(LOGOUT_LIFE) <= now.as_second() {
        return Err(Fault::NotGood("it is too old"));
    }
    Ok(claims)
}

/// The claims of a token that one of these keys signed.
fn signed(token: &str, keys: &Keys, types: &[&str]) -> Result<Claims, Fault> {
    let malformed = Fault::NotGood("it is malformed");
    if token.len() > LONGEST {
        return Err(Fault::NotGood("it is too long"));
    }
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else {
        return Err(malformed);
    };
    let said: Header = part(header).ok_or(Fault::NotGood("it is malformed"))?;
    let kind = said.typ.as_deref().unwrap_or("JWT");
    let is_kind = |it: &&str| it.eq_ignore_ascii_case(kind);
    if said.crit.is_some() || !types.iter().any(is_kind) {
        return Err(Fault::NotGood("it is of another kind"));
    }
    let bytes = URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed)?;
    let message = format!("{header}.{claims}");
    match keys.verify(&said.alg, said.kid.as_deref(), message.as_bytes(), &bytes) {
        Signature::Good => part(claims).ok_or(Fault::NotGood("it is malformed")),
        Signature::UnknownKey => Err(Fault::UnknownKey),
        Signature::Wrong => Err(Fault::NotGood("its signature is wrong")),
    }
}

fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// Whether the provider of the settings issued it to this service.
fn for_us(claims: &Claims, options: &OpenIdOptions) -> Result<(), Fault> {
    if text(claims, "iss") != Some(&options.issuer) {
        return Err(Fault::NotGood("another provider issued it"));
    }
    let us = options.client_id.as_str();
    let (is_for_us, several) = match claims.get("aud") {
        Some(Value::String(audience)) => (audience == us, false),
        Some(Value::Array(all)) => (all.iter().any(|one| one == us), all.len() > 1),
        _ => (false, false),
    };
    let party = text(claims, "azp");
    if !is_for_us || several && party.is_none() || party.is_some_and(|party| party != us) {
        return Err(Fault::NotGood("it was issued to another service"));
    }
    Ok(())
}

/// When it was issued, in seconds; not in the future.
fn issued(claims: &Claims, now: Timestamp) -> Result<i64, Fault> {
    let at = seconds(claims, "iat").ok_or(Fault::NotGood("it does not say when it was issued"))?;
    if at > now.as_second().saturating_add(LEEWAY) {
        return Err(Fault::NotGood("it was issued in the future: clocks differ"));
    }
    Ok(at)
}

/// A text among the claims.
pub(crate) fn text<'a>(claims: &'a Claims, name: &str) -> Option<&'a str> {
    claims.get(name)?.as_str()
}

/// Seconds since 1970; parts of a second are cut off.
fn seconds(claims: &Claims, name: &str) -> Option<i64> {
    let value = claims.get(name)?;
    #[allow(
        clippy::cast_possible_truncation,
        reason = "saturates, and no token lives that long"
    )]
    value.as_i64().or_else(|| Some(value.as_f64()? as i64))
}
