//! The health routes, all with one answer: it serves.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::answer;
use crate::api::Api;

/// Where peers look for it.
pub(super) const PATHS: [&str; 6] = [
    "/health",
    "/healthcheck",
    "/_status",
    "/_ping",
    "/messageexchange/_ping",
    "/messageexchange/deepping",
];

pub(super) async fn health(State(api): State<Api>) -> Response {
    let body = serde_json::json!({
        "env": api.options.environment,
        "build_label": api.options.build_label,
        "status": "running",
        "outcome": "Yes",
    });
    answer::json(StatusCode::OK, answer::JSON, &body)
}
