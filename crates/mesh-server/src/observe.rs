//! What is around every route: an answer whatever the handler does, in time and in the form of the
//! API, and a record of it (a log line, counters, a request id). Recorded are method, route template,
//! status, duration and mailbox id, nothing else: paths and headers may identify a patient.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use https_listener::CurrentRequest;
use mesh::ApiVersion;
use nhs::{MailboxId, MessageId};
use tokio::time::Instant;

use crate::answer;
use crate::api::Api;
use crate::error::rendered;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The authorised mailbox of a request, in the extensions of its answer.
#[derive(Clone)]
pub(crate) struct LoggedMailbox(pub(crate) MailboxId);

/// Among the extensions of an answer that is counted and leaves no line of its own in the log.
#[derive(Clone)]
pub(crate) struct Unlogged;

/// Around everything. 408 when the head of an answer takes longer than the options allow, 500 when
/// its handler panics; refusals are written out. One layer rather than one for each of these: a layer
/// costs every request several allocations.
pub(crate) async fn observe(State(api): State<Api>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = method_label(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let version = ApiVersion::from_headers(request.headers()).unwrap_or(ApiVersion::V1);
    let current = CurrentRequest::new(request.headers(), api.exchange.now());
    let limit = Duration::from_secs(api.options.request_seconds);
    let handled = current.around(tokio::time::timeout(limit, next.run(request)));
    let mut response = match AssertUnwindSafe(handled).catch_unwind().await {
        Ok(Ok(response)) => rendered(response, version),
        Ok(Err(_)) => StatusCode::REQUEST_TIMEOUT.into_response(),
        Err(_) => panicked(),
    };
    let request_id = api.exchange.new_id().ok();
    let request_id = request_id.as_ref().map_or("", MessageId::as_str);
    if let Ok(value) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    record(method, route, &response, begun.elapsed(), request_id);
    response
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

fn record(
    method: &'static str,
    route: &str,
    response: &Response,
    elapsed: Duration,
    request_id: &str,
) {
    let status = response.status().as_u16();
    let mailbox = response.extensions().get::<LoggedMailbox>();
    let mailbox = mailbox.map(|mailbox| mailbox.0.as_str());
    if response.extensions().get::<Unlogged>().is_none() {
        tracing::info!(
            method,
            route,
            status,
            milliseconds = elapsed.as_millis(),
            mailbox,
            request_id,
            "request"
        );
    }
    metrics::histogram!("restante_http_request_seconds", "method" => method, "route" => route.to_owned())
        .record(elapsed.as_secs_f64());
    metrics::counter!(
        "restante_http_requests_total",
        "method" => method, "route" => route.to_owned(), "status" => status.to_string()
    )
    .increment(1);
}

fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        "PATCH" => "PATCH",
        _ => "other",
    }
}
