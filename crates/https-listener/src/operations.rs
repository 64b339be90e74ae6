//! What operators are told of a running process: `/health`, and `/metrics` in the Prometheus text
//! format. The metrics recorder is the process's own: there is one, however many listeners.

use std::sync::LazyLock;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};

use crate::metrics::Metrics;

/// `GET /health`, answered by `health`, and `GET /metrics`. For a listener of its own: what the
/// metrics tell is for operators, not for those who use the service.
///
/// The first call installs the process's metrics recorder; numbers from before it are not kept.
pub fn operations_router(health: MethodRouter) -> Router {
    recorder();
    Router::new()
        .route("/health", health)
        .route("/metrics", get(metrics_text))
}

async fn metrics_text() -> Response {
    match recorder() {
        Some(metrics) => {
            let media_type = HeaderValue::from_static("text/plain; version=0.0.4");
            ([(CONTENT_TYPE, media_type)], metrics.text()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// `None` when a program of which this is a part has a recorder of its own.
fn recorder() -> Option<&'static Metrics> {
    static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::default);
    static INSTALLED: LazyLock<bool> = LazyLock::new(|| {
        let installed = metrics::set_global_recorder(&*METRICS);
        if let Err(error) = &installed {
            tracing::warn!(%error, "no metrics: another recorder is installed");
        }
        installed.is_ok()
    });
    INSTALLED.then(|| &*METRICS)
}
