//! What operators are told of a running process: `/health`, and `/metrics` in the Prometheus text
//! format. The metrics recorder is the process's own: there is one, however many listeners.

use std::sync::OnceLock;
use std::time::Duration;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// How often the histograms are folded, so that they stay small when nobody reads the metrics.
const UPKEEP: Duration = Duration::from_secs(5);
/// Upper bounds of the histograms' buckets, in seconds.
const BUCKETS: &[f64] = &[
    0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// `GET /health`, answered by `health`, and `GET /metrics`. For a listener of its own: what the
/// metrics tell is for operators, not for those who use the service.
///
/// The first call installs the process's metrics recorder; numbers from before it are not kept. It
/// must be made within a Tokio runtime.
pub fn operations_router(health: MethodRouter) -> Router {
    recorder();
    Router::new()
        .route("/health", health)
        .route("/metrics", get(metrics_text))
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
                .set_buckets(BUCKETS)
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
