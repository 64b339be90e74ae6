//! What is recorded of a request: a log line, counters, a request id. Method, route template, status,
//! duration and mailbox id, nothing else: paths and headers may identify a patient.

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method};
use https_listener::CurrentRequest;
use nhs::{MailboxId, MessageId};
use tokio::time::Instant;

use crate::guard::answered;
use crate::routes::Api;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The authorised mailbox of a request, in the extensions of its answer.
#[derive(Clone)]
pub(crate) struct LoggedMailbox(pub(crate) MailboxId);

/// Around everything: counts, times and logs each request.
pub(crate) async fn observe(State(api): State<Api>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = method_label(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    let request_id = api.exchange.new_id().ok();
    let request_id = request_id.as_ref().map_or("", MessageId::as_str);
    let current = CurrentRequest::new(request.headers(), api.exchange.now());
    let limit = Duration::from_secs(api.options.request_seconds);
    let mut response = current.around(answered(limit, request, next)).await;
    if let Ok(value) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let status = response.status().as_u16();
    let elapsed = begun.elapsed();
    let mailbox = response
        .extensions()
        .get::<LoggedMailbox>()
        .map(|mailbox| mailbox.0.as_str());
    tracing::info!(
        method,
        route,
        status,
        milliseconds = elapsed.as_millis(),
        mailbox,
        request_id,
        "request"
    );
    metrics::histogram!("restante_http_request_seconds", "method" => method, "route" => route.to_owned())
        .record(elapsed.as_secs_f64());
    metrics::counter!(
        "restante_http_requests_total",
        "method" => method, "route" => route.to_owned(), "status" => status.to_string()
    )
    .increment(1);
    response
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
