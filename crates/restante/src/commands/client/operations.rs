//! `/health` and `/metrics` of a running client.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use mesh_client::Agent;
use mesh_client::agent::MailboxStatus;
use mesh_server::{ListenerConfig, Server};
use tokio_util::sync::CancellationToken;

use crate::error::Error;

pub async fn bind(address: SocketAddr) -> Result<Server, Error> {
    if !address.ip().is_loopback() {
        tracing::warn!("health and metrics are served without TLS beyond this machine");
    }
    Ok(Server::bind(ListenerConfig::plain(address)).await?)
}

pub fn serve(server: Server, agent: Arc<Agent>, shutdown: CancellationToken) -> Result<(), Error> {
    let address = server.local_addr();
    writeln!(
        std::io::stdout(),
        "health on http://{address}/health, metrics on /metrics"
    )?;
    let router = Router::new()
        .route("/health", get(health))
        .with_state(agent)
        .fallback_service(mesh_server::metrics_router());
    tokio::spawn(async move { server.run(router, shutdown).await });
    Ok(())
}

#[derive(serde::Serialize)]
struct Health {
    status: &'static str,
    mailboxes: Vec<MailboxStatus>,
}

/// 200 when nothing keeps a mailbox from sending and collecting, else 503; both say how each does.
async fn health(State(agent): State<Arc<Agent>>) -> Response {
    let mailboxes = agent.status();
    let is_well = |mailbox: &MailboxStatus| mailbox.trouble.is_none() && !mailbox.stopped;
    let (code, status) = if mailboxes.iter().all(is_well) {
        (StatusCode::OK, "well")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "in trouble")
    };
    (code, Json(Health { status, mailboxes })).into_response()
}
