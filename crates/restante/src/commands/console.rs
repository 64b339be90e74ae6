//! The operator's console beside an exchange, where `server.toml` has `[console]`.

use std::path::Path;
use std::sync::Arc;

use exchange::Exchange;
use exchange_console::{Console, Journeys, Notices};
use https_listener::{ListenerConfig, Server};
use nhs::{SystemClock, SystemRandomness};
use pages::{Access, AccessOptions};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::wiring;

/// Serves the console in the background until shut down.
///
/// # Errors
///
/// When its users cannot be opened or its address cannot be listened on.
pub async fn start(
    listener: ListenerConfig,
    options: AccessOptions,
    data: &Path,
    exchange: Exchange,
    (journeys, notices): (Journeys, Notices),
    shutdown: &CancellationToken,
) -> Result<(), Error> {
    let users = wiring::open_users(data)?;
    if users.list()?.is_empty() {
        tracing::warn!("nobody may sign in to the console yet: see restante user add --help");
    }
    let access = Access::new(
        users,
        options,
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
    );
    let console = Console::new(exchange, journeys).with_notices(notices);
    let site = exchange_console::router(console, "", &access);
    let router = pages::listener(&access, [site]);
    let server = Server::bind(listener).await?;
    wiring::announce("console", &server, "/")?;
    let shutdown = shutdown.clone();
    tokio::spawn(async move { server.run(router, shutdown).await });
    Ok(())
}
