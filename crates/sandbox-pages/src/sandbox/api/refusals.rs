//! Refused requests: listed, waited for, looked into, forgotten.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use exchange::TokenVerdict;
use nhs::MailboxId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::shown;
use super::waiting::{Waiting, limit, page};
use crate::sandbox::recorder::REFUSALS;
use crate::sandbox::request::Refused;
use crate::sandbox::state::{Sandbox, SandboxError};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    #[serde(default)]
    mailbox: String,
    /// Only those after this number.
    #[serde(default)]
    after: u64,
    #[serde(default)]
    limit: Option<usize>,
    /// Seconds to wait while there is none.
    #[serde(default)]
    wait: u64,
}

pub(super) async fn list(
    State(sandbox): State<Sandbox>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<Value>, SandboxError> {
    let Query(query) = query.map_err(|error| SandboxError::Invalid(error.body_text()))?;
    let limit = limit(query.limit, REFUSALS)?;
    let matching = || {
        let mut all = sandbox.recorder().refusals();
        all.retain(|refused| {
            let mailbox = refused.asked.mailbox.as_deref().unwrap_or_default();
            refused.number > query.after
                && (query.mailbox.is_empty() || mailbox.eq_ignore_ascii_case(&query.mailbox))
        });
        all
    };
    let mut waiting = Waiting::begin(&sandbox, query.wait)?;
    let mut found = matching();
    while found.is_empty() && waiting.goes_on().await? {
        found = matching();
    }
    let page = page(&found, limit, query.after > 0);
    let next_after = page.first().map_or(query.after, |refused| refused.number);
    let refusals: Vec<Value> = page.iter().map(|refused| shown::refusal(refused)).collect();
    Ok(Json(json!({
        "refusals": refusals,
        "matching": found.len(),
        "next_after": next_after,
    })))
}

pub(super) async fn one(
    State(sandbox): State<Sandbox>,
    Path(number): Path<String>,
) -> Result<Json<Value>, SandboxError> {
    let refused = find(&sandbox, &number)?;
    let mut value = shown::refusal(&refused);
    let token = explained(&sandbox, &refused).map(|verdict| token(&verdict));
    if let Value::Object(value) = &mut value {
        value.insert("token".to_owned(), token.unwrap_or_default());
    }
    Ok(Json(value))
}

fn explained(sandbox: &Sandbox, refused: &Refused) -> Option<TokenVerdict> {
    refused.refusal?;
    let token = refused.asked.token.as_deref()?;
    let mailbox = MailboxId::parse(refused.asked.mailbox.as_deref()?).ok()?;
    let exchange = sandbox.exchange();
    Some(exchange.explain_token(token, &mailbox, refused.asked.at))
}

fn token(verdict: &TokenVerdict) -> Value {
    let parts: Vec<Value> = verdict
        .parts
        .iter()
        .map(|part| {
            json!({
                "part": part.name,
                "ok": part.is_right,
                "expected": part.expected,
                "found": part.found,
                "cure": part.cure,
            })
        })
        .collect();
    let tried: Vec<Value> = verdict
        .tried
        .iter()
        .map(|tried| json!({ "made": tried.made, "matches": tried.matches }))
        .collect();
    json!({ "parts": parts, "tried": tried, "password_of": verdict.password_of })
}

pub(super) async fn body(
    State(sandbox): State<Sandbox>,
    Path(number): Path<String>,
) -> Result<Response, SandboxError> {
    let refused = find(&sandbox, &number)?;
    let name = format!("refused-{}.body", refused.number);
    Ok(pages::download(refused.body.clone(), &name))
}

pub(super) async fn remove(
    State(sandbox): State<Sandbox>,
    Path(number): Path<String>,
) -> Result<StatusCode, SandboxError> {
    let refused = find(&sandbox, &number)?;
    sandbox.recorder().forget_refusal(refused.number);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn delete_all(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.recorder().forget_refusals();
    StatusCode::NO_CONTENT
}

fn find(sandbox: &Sandbox, number: &str) -> Result<Arc<Refused>, SandboxError> {
    let number = number.parse().map_err(|_| SandboxError::NotFound)?;
    let refused = sandbox.recorder().refusal(number);
    refused.ok_or(SandboxError::NotFound)
}
