//! `/health` and `/metrics` of a practice.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use gp_system::Practice;
use http::StatusCode;
use https_listener::{ListenerConfig, Server};
use nhs::{Clock, SystemClock};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::weakened::Weakened;
use crate::wiring;

/// How often what waits is counted.
const MEASURE_EVERY: Duration = Duration::from_secs(60);

/// Serves both on an address until shut down, and counts what waits once a minute.
///
/// # Errors
///
/// When the address cannot be listened on.
pub async fn serve(
    address: SocketAddr,
    practice: &Practice,
    weakened: &Weakened,
    shutdown: &CancellationToken,
) -> Result<(), Error> {
    let server = Server::bind(ListenerConfig::plain(address)).await?;
    let router = https_listener::operations_router(get(health).with_state(practice.clone()));
    wiring::announce("metrics", &server, "/metrics")?;
    weakened.count();
    tokio::spawn(measure(practice.clone(), shutdown.clone()));
    let stop = shutdown.clone();
    tokio::spawn(async move { server.run(router, stop).await });
    Ok(())
}

async fn measure(practice: Practice, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        match practice.standing().await {
            Ok(standing) => standing.set_gauges(SystemClock.now()),
            Err(error) => {
                tracing::error!(code = error.code(), %error, "what waits could not be counted");
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(MEASURE_EVERY) => {}
        }
    }
}

/// 200 when the records can be read, else 503.
async fn health(State(practice): State<Practice>) -> (StatusCode, &'static str) {
    match practice.standing().await {
        Ok(_) => (StatusCode::OK, "well\n"),
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the practice's records cannot be read; its log says why\n",
        ),
    }
}
