//! An answer to every request, whatever its handler does: in time, and in the form of the API.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use mesh::ApiVersion;

use crate::answer;
use crate::error::rendered;

/// Runs a request's handler. 408 when the head of its answer takes longer than `limit`, 500 when it
/// panics; its refusals are written out. One step rather than a layer for each of the three: a layer
/// costs every request several allocations.
pub(crate) async fn answered(limit: Duration, request: Request, next: Next) -> Response {
    let version = ApiVersion::from_headers(request.headers()).unwrap_or(ApiVersion::V1);
    let handled = tokio::time::timeout(limit, next.run(request));
    match AssertUnwindSafe(handled).catch_unwind().await {
        Ok(Ok(response)) => rendered(response, version),
        Ok(Err(_)) => StatusCode::REQUEST_TIMEOUT.into_response(),
        Err(_) => panicked(),
    }
}

fn panicked() -> Response {
    tracing::error!("a handler panicked");
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(answer::JSON)),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    let body = r#"{"message":"An internal error occurred.\n\nPlease contact support."}"#;
    (StatusCode::INTERNAL_SERVER_ERROR, headers, body).into_response()
}
