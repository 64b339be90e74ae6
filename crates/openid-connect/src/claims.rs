//! Who somebody is, from the provider's claims.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::OpenIdError;
use crate::options::OpenIdOptions;
use crate::token::{Claims, text};

/// Values of the role claim that are looked at.
const MOST_ROLES: usize = 1_000;

/// Somebody the provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What the provider calls them for ever: `sub`, 1 to 255 bytes.
    pub subject: String,
    /// The claim that is the user's name here, as the provider tells it.
    pub user: String,
    /// The names of roles here that the provider's roles mean.
    pub roles: Vec<String>,
    /// The provider's session, which a logout may name: `sid`.
    pub session: Option<String>,
}

/// Whether both claims that are needed are there.
pub(crate) fn is_complete(claims: &Claims, options: &OpenIdOptions) -> bool {
    let has = |path: &str| at(claims, path).is_some();
    has(&options.user_claim) && has(&options.role_claim)
}

/// Who that is. A person without roles here is a person nevertheless.
pub(crate) fn person(claims: &Claims, options: &OpenIdOptions) -> Result<Person, OpenIdError> {
    let user = at(claims, &options.user_claim).and_then(Value::as_str);
    let user = user.ok_or_else(|| OpenIdError::Claim(options.user_claim.clone()))?;
    let roles = at(claims, &options.role_claim).map(values);
    Ok(Person {
        subject: text(claims, "sub").unwrap_or_default().to_owned(),
        user: user.to_owned(),
        roles: meant(roles.unwrap_or_default(), &options.roles),
        session: text(claims, "sid").map(str::to_owned),
    })
}

/// A claim of this name, or where the dots of the name lead.
fn at<'a>(claims: &'a Claims, path: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    at(claims.get(first)?.as_object()?, rest)
}

fn values(claim: &Value) -> Vec<&str> {
    match claim {
        Value::String(one) => vec![one],
        Value::Array(all) => all
            .iter()
            .take(MOST_ROLES)
            .filter_map(Value::as_str)
            .collect(),
        _ => Vec::new(),
    }
}

fn meant(values: Vec<&str>, roles: &BTreeMap<String, String>) -> Vec<String> {
    if roles.is_empty() {
        return values.into_iter().map(str::to_owned).collect();
    }
    let known = values.into_iter().filter_map(|value| roles.get(value));
    known.cloned().collect()
}
