//! The pages of the demo: both practices' and the console's, at one address.

use std::sync::Arc;

use axum::Router;
use exchange_console::Console;
use gp_system::web::PracticeRole;
use https_listener::{ListenerConfig, Server};
use nhs::{Clock, SystemClock, SystemRandomness};
use pages::{Access, AccessOptions, NewUser, Role, Surroundings, Users};
use sandbox_pages::live_loop::{self, LiveLoop};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::release_notes;

use super::addresses::Listening;
use super::connect::PAGES_USER;
use super::practice_side::PracticeSide;

/// Where the first page leads, by name and path.
const PLACES: [(&str, &str); 3] = [
    ("Starling", "/starling"),
    ("Osprey", "/osprey"),
    ("Exchange", "/console"),
];

/// Where the pages are.
pub struct Page {
    pub url: String,
    /// The address that signs in there, once and within 15 minutes.
    pub link: String,
}

/// Serves them until shut down.
///
/// # Errors
///
/// When no port can be listened on.
pub async fn serve(
    practices: &[PracticeSide],
    console: Console,
    live_loop: LiveLoop,
    (listening, password): (&Listening, &SecretString),
    shutdown: &CancellationToken,
) -> Result<Page, Error> {
    let users = users(password)?;
    let access = access(&users, "Restante demo", "demo");
    let mut sites = vec![
        live_loop::router(live_loop, PLACES.to_vec(), &access),
        exchange_console::router(console, "/console", &access),
    ];
    for side in practices {
        let base = format!("/{}", side.folder);
        let practice = side.practice.clone();
        sites.push(gp_system::web::router(
            practice,
            &base,
            &access,
            (&users, Surroundings::new(release_notes::NOTES)),
            side.live.clone(),
        ));
    }
    open(&access, &users, sites, listening, shutdown).await
}

/// The way in to pages of one address, with the name of its cookie.
pub(crate) fn access(users: &Users, service: &str, cookie: &'static str) -> Access {
    Access::new(
        users.clone(),
        AccessOptions::new(service, cookie),
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
    )
}

/// Serves sites at the pages' port until shut down.
///
/// # Errors
///
/// When no port can be listened on.
pub(crate) async fn open(
    access: &Access,
    users: &Users,
    sites: impl IntoIterator<Item = Router>,
    listening: &Listening,
    shutdown: &CancellationToken,
) -> Result<Page, Error> {
    let router = pages::listener(access, sites);
    let administrator = users
        .identity(PAGES_USER)?
        .ok_or_else(|| Error::Usage("no administrator".to_owned()))?;
    let link = access.sign_in_link(administrator);
    let bind = async |address| Server::bind(ListenerConfig::plain(address)).await;
    let server = listening.bind_pages(bind).await?;
    let url = listening.pages_url(server.local_addr().port());
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        server.run(router, shutdown).await;
    });
    let link = format!("{url}{link}");
    Ok(Page { url, link })
}

/// One user of each role of a practice, all with the same password; the administrator is one of the console, too.
pub(crate) fn users(password: &SecretString) -> Result<Users, Error> {
    let users = Users::in_memory()?;
    let now = SystemClock.now();
    for role in PracticeRole::ALL {
        let new = NewUser {
            name: role.name().to_owned(),
            role: role.name().to_owned(),
            password: password.clone(),
        };
        users.add(&new, now, &SystemRandomness)?;
    }
    Ok(users)
}
