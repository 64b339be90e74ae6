//! The operator's console beside an exchange, where `server.toml` has `[console]`.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use exchange::{Exchange, Observer};
use exchange_console::{Console, Journeys};
use https_listener::{ListenerConfig, Server};
use nhs::{SystemClock, SystemRandomness};
use pages::{Access, AccessOptions, Live, Users};
use tokio_util::sync::CancellationToken;

use super::user;
use crate::error::Error;

/// What the console remembers of messages; hears the exchange and passes every event on.
pub fn journeys(shutdown: &CancellationToken, next: Arc<dyn Observer>) -> Journeys {
    Journeys::new(Arc::new(SystemClock), Live::new(shutdown.clone()), next)
}

/// Serves the console until told to stop.
pub async fn start(
    listener: ListenerConfig,
    data: &Path,
    exchange: Exchange,
    journeys: Journeys,
    shutdown: &CancellationToken,
) -> Result<(), Error> {
    let users = Users::open(&data.join(user::FILE))?;
    if users.list()?.is_empty() {
        tracing::warn!("nobody may sign in to the console yet: see restante user add --help");
    }
    let options = AccessOptions {
        secure: listener.tls.is_some(),
        ..AccessOptions::new("Restante exchange", "console")
    };
    let access = Access::new(
        Arc::new(users),
        options,
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
    );
    let site = exchange_console::router(Console::new(exchange, journeys), "", &access);
    let router = pages::listener(&access, [site]);
    let server = Server::bind(listener).await?;
    writeln!(std::io::stdout(), "console on {}/", server.url())?;
    let shutdown = shutdown.clone();
    tokio::spawn(async move { server.run(router, shutdown).await });
    Ok(())
}
