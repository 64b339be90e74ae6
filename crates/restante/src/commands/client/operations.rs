//! `/health` and `/metrics` of a running client.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use https_listener::{ListenerConfig, Server};
use mesh_client::Agent;
use mesh_client::agent::MailboxStatus;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::weakened::Weakened;

pub async fn bind(address: SocketAddr) -> Result<Server, Error> {
    Ok(Server::bind(ListenerConfig::plain(address)).await?)
}

pub fn serve(
    server: Server,
    agent: Arc<Agent>,
    weakened: &Weakened,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    writeln!(
        std::io::stdout(),
        "health on {}/health, metrics on /metrics",
        server.url()
    )?;
    let router = https_listener::operations_router(get(health).with_state(agent));
    weakened.count();
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
