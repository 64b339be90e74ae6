//! What is told of a request: a log line, counters, a request id. Method, route template, status,
//! duration and mailbox id, nothing else: paths and headers may identify a patient.

use std::sync::OnceLock;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use nhs::{MailboxId, MessageId};
use tokio::time::Instant;

use crate::current::{CurrentRequest, trace_parent};
use crate::guard::answered;
use crate::routes::Api;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// How often the histograms are folded, so that they stay small when nobody reads the metrics.
const UPKEEP: Duration = Duration::from_secs(5);
const SECONDS: &[f64] = &[
    0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

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
    let current = CurrentRequest {
        begun: api.exchange.now(),
        trace_parent: trace_parent(request.headers()),
    };
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

/// `GET /metrics` in the Prometheus text format. For a listener of its own: what the metrics tell is
/// for operators, not for those who have a mailbox.
///
/// The first call installs the process's metrics recorder; numbers from before it are not kept. It
/// must be made within a Tokio runtime.
pub fn metrics_router() -> Router {
    recorder();
    Router::new().route("/metrics", get(metrics_text))
}

async fn metrics_text() -> Response {
    match recorder() {
        Some(handle) => {
            let media_type = HeaderValue::from_static("text/plain; version=0.0.4");
            ([(CONTENT_TYPE, media_type)], handle.render()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER
        .get_or_init(|| {
            let handle = PrometheusBuilder::new()
                .set_buckets(SECONDS)
                .and_then(PrometheusBuilder::install_recorder)
                .map_err(
                    |error| tracing::warn!(%error, "no metrics: another recorder is installed"),
                )
                .ok()?;
            let folded = handle.clone();
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(UPKEEP).await;
                    folded.run_upkeep();
                }
            });
            Some(handle)
        })
        .as_ref()
}
