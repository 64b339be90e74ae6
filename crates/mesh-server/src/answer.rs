//! Answers with a body of JSON, or with none.

use axum::body::Body;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

pub(crate) const JSON: &str = "application/json";

/// An answer with a JSON body of the given media type.
pub(crate) fn json(
    status: StatusCode,
    media_type: &'static str,
    body: &impl Serialize,
) -> Response {
    let Ok(text) = serde_json::to_vec(body) else {
        tracing::error!("an answer could not be written as JSON");
        return with_status(StatusCode::INTERNAL_SERVER_ERROR, Body::empty());
    };
    let mut response = with_status(status, Body::from(text));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    with_status(status, Body::empty())
}

fn with_status(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}
