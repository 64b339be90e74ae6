//! What is around every route: an answer whatever the handler does, in time and in the form of the
//! API, and a record of it (one log line, counters, a request id). Recorded are method, route template,
//! status, duration (less what its caller preferred to wait), the ids of mailbox and message, and why it was
//! refused, nothing else: paths and headers may identify a patient.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use exchange::Refusal;
use futures_util::FutureExt;
use http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use https_listener::CurrentRequest;
use mesh::ApiVersion;
use nhs::{MailboxId, MessageId};
use tokio::time::Instant;
use tower::Service;

use crate::answer;
use crate::api::Api;
use crate::error::rendered;
use crate::waits::Waited;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the line of a request says beside route and status, in the extensions of its answer.
#[derive(Clone, Default)]
pub(crate) struct Told {
    /// The authorised mailbox, or the one that a refused caller named in its form.
    pub(crate) mailbox: Option<MailboxId>,
    /// The message that was sent, downloaded or acknowledged.
    pub(crate) message: Option<MessageId>,
    /// Who was taken for nobody's, and why.
    pub(crate) refused: Option<RefusedCaller>,
    /// Why something else was refused, in the words of its answer.
    pub(crate) reason: Option<&'static str>,
}

/// A caller that is not who it says it is.
#[derive(Clone)]
pub(crate) struct RefusedCaller {
    pub(crate) reason: Refusal,
    pub(crate) address: Option<IpAddr>,
    /// Its serial number.
    pub(crate) certificate: Option<String>,
}

impl Told {
    pub(crate) fn about(message: MessageId) -> Self {
        Self {
            message: Some(message),
            ..Self::default()
        }
    }

    pub(crate) fn of(answer: &mut Response) -> &mut Self {
        answer.extensions_mut().get_or_insert_default()
    }
}

/// Among the extensions of an answer that is counted and leaves no line of its own in the log.
#[derive(Clone)]
pub(crate) struct Unlogged;

/// Around everything. 408 when the head of an answer takes longer than the options allow, 500 when
/// its handler panics; refusals are written out. One layer rather than one for each of these: a layer
/// costs every request several allocations.
pub(crate) async fn observe(State(api): State<Api>, request: Request, mut next: Next) -> Response {
    let begun = Instant::now();
    let method = method_label(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let version = ApiVersion::from_headers(request.headers()).unwrap_or(ApiVersion::V1);
    let current = CurrentRequest::new(request.headers(), api.exchange.now());
    let limit = Duration::from_secs(api.options.request_seconds);
    // `call`, not `run`: that would keep room for the request as long as it is under way, several times over.
    let handled = current.around(tokio::time::timeout(limit, next.call(request)));
    let mut response = match AssertUnwindSafe(handled).catch_unwind().await {
        Ok(Ok(Ok(response))) => rendered(response, version),
        Ok(Err(_)) => StatusCode::REQUEST_TIMEOUT.into_response(),
        Err(_) => panicked(),
    };
    let request_id = api.exchange.new_id().ok();
    let request_id = request_id.as_ref().map_or("", MessageId::as_str);
    if let Ok(value) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    let waited = response.extensions().get::<Waited>();
    let waited = waited.map_or(Duration::ZERO, |waited| waited.0);
    let took = begun.elapsed().saturating_sub(waited);
    record(method, route, &response, took, request_id);
    let status = response.status().as_u16();
    api.meters.count(method, route, status, took);
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
    if response.extensions().get::<Unlogged>().is_none() {
        let told = response.extensions().get::<Told>();
        log(method, route, status, elapsed, request_id, told);
    }
}

fn log(
    method: &'static str,
    route: &str,
    status: u16,
    elapsed: Duration,
    request_id: &str,
    told: Option<&Told>,
) {
    let milliseconds = elapsed.as_millis();
    let mailbox = told.and_then(|told| told.mailbox.as_ref());
    let mailbox = mailbox.map(MailboxId::as_str);
    if let Some(caller) = told.and_then(|told| told.refused.as_ref()) {
        let reason = caller.reason.name();
        let address = caller.address.map(tracing::field::display);
        let certificate = caller.certificate.as_deref();
        tracing::info!(
            reason,
            address,
            mailbox,
            certificate,
            method,
            route,
            status,
            milliseconds,
            request_id,
            "caller refused"
        );
        return;
    }
    let message_id = told.and_then(|told| told.message.as_ref());
    let message_id = message_id.map(MessageId::as_str);
    let reason = told.and_then(|told| told.reason);
    tracing::info!(
        method,
        route,
        status,
        milliseconds,
        mailbox,
        message_id,
        reason,
        request_id,
        "request"
    );
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
