//! The fault of the MESH API: asked for, switched on, switched off.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sandbox::actions;
use crate::sandbox::fault::Kind;
use crate::sandbox::state::{Sandbox, SandboxError};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    fault: Kind,
    #[serde(default = "once")]
    times: u32,
    #[serde(default)]
    mailbox: Option<String>,
    #[serde(default)]
    milliseconds: u64,
}

fn once() -> u32 {
    1
}

pub(super) async fn one(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!({ "on": sandbox.faults().on() }))
}

pub(super) async fn switch_on(
    State(sandbox): State<Sandbox>,
    wanted: Result<Json<Wanted>, JsonRejection>,
) -> Result<Json<Value>, SandboxError> {
    let Json(wanted) = wanted.map_err(|error| SandboxError::Invalid(error.body_text()))?;
    let mailbox = wanted.mailbox.unwrap_or_default();
    actions::fault(
        &sandbox,
        wanted.fault,
        wanted.times,
        &mailbox,
        wanted.milliseconds,
    )?;
    Ok(one(State(sandbox)).await)
}

pub(super) async fn switch_off(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.faults().switch(None);
    sandbox.recorder().changed();
    StatusCode::NO_CONTENT
}
