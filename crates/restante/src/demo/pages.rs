//! The pages of the demo: both practices' and the console's, at one address.

use std::sync::Arc;

use exchange_console::Console;
use gp_system::web::PracticeRole;
use https_listener::{ListenerConfig, Server};
use nhs::{Clock, SystemClock, SystemRandomness};
use pages::{Access, AccessOptions, Live, NewUser, Role, Users};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::wiring;

use super::landing_page;
use super::practice_side::PracticeSide;

/// Serves them until shut down; gives the link that signs in there, once.
///
/// # Errors
///
/// When no port can be listened on.
pub async fn serve(
    practices: &[PracticeSide],
    console: Console,
    port: Option<u16>,
    shutdown: &CancellationToken,
) -> Result<String, Error> {
    let users = Users::in_memory()?;
    let (now, secret) = (SystemClock.now(), wiring::secret());
    for role in PracticeRole::ALL {
        let new = NewUser {
            name: role.name().to_owned(),
            role: role.name().to_owned(),
            password: secret.clone(),
        };
        users.add(&new, now, &SystemRandomness)?;
    }
    let access = Access::new(
        users.clone(),
        AccessOptions::new("Restante demo", "demo"),
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
    );
    let mut sites = vec![
        landing_page::router(&access, Live::new(shutdown.clone())),
        exchange_console::router(console, "/console", &access),
    ];
    for side in practices {
        let base = format!("/{}", side.folder);
        let practice = side.practice.clone();
        sites.push(gp_system::web::router(
            practice,
            &base,
            &access,
            &users,
            side.live.clone(),
        ));
    }
    let router = pages::listener(&access, sites);
    let administrator = users
        .identity(PracticeRole::Administrator.name())?
        .ok_or_else(|| Error::Usage("no administrator".to_owned()))?;
    let link = access.sign_in_link(administrator);
    let server = match port {
        Some(port) => Server::bind(ListenerConfig::plain(([127, 0, 0, 1], port).into())).await?,
        None => match Server::bind(ListenerConfig::plain(([127, 0, 0, 1], 8780).into())).await {
            Ok(server) => server,
            Err(_) => Server::bind(ListenerConfig::plain(([127, 0, 0, 1], 0).into())).await?,
        },
    };
    let url = server.url();
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        server.run(router, shutdown).await;
    });
    Ok(format!("{url}{link}"))
}
