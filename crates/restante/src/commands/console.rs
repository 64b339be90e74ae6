//! The operator's console beside an exchange, where `server.toml` has `[console]`.

use std::path::Path;
use std::sync::Arc;

use exchange::Exchange;
use exchange_console::{Certificates, Console, ExchangeRole, Journeys, Notices, Setup};
use https_listener::{ListenerConfig, Server};
use nhs::{SystemClock, SystemRandomness};
use pages::{Access, PagesSettings};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::{issued, wiring};

/// Serves the console in the background until shut down.
///
/// # Errors
///
/// When a setting cannot be used, its users cannot be opened or its address cannot be listened on.
pub async fn start(
    mut listener: ListenerConfig,
    settings: &PagesSettings,
    data: &Path,
    exchange: Exchange,
    (journeys, notices, setup): (Journeys, Notices, Setup),
    shutdown: &CancellationToken,
) -> Result<(), Error> {
    let service = ("Restante exchange", "console");
    let mut options = wiring::access_options(service, &mut listener, settings)?;
    options.openid = wiring::openid::<ExchangeRole>(settings)?;
    let users = wiring::open_users(data)?;
    wiring::expire_security_log(users.security_log(), settings, shutdown)?;
    if users.list()?.is_empty() {
        tracing::warn!("nobody may sign in to the console yet: see restante user add --help");
    }
    let access = Access::new(
        users,
        options,
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
    );
    let (known, certificates) = (
        Certificates::default(),
        wiring::certificates_directory(data),
    );
    let look = issued::watch(certificates, known.clone(), SystemClock, shutdown.clone());
    tokio::spawn(look);
    let console = Console::new(exchange, journeys).with_notices(notices);
    let console = console.with_certificates(known).with_setup(setup);
    let site = exchange_console::router(console, "", &access);
    let router = pages::listener(&access, [site]);
    let server = Server::bind(listener).await?;
    wiring::announce("console", &server, "/")?;
    let shutdown = shutdown.clone();
    tokio::spawn(async move { server.run(router, shutdown).await });
    Ok(())
}
