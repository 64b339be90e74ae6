//! What several commands put together: an exchange over its store, a server with the work beside it,
//! and the signal that ends both.

use std::future::Future;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use exchange::{Dependencies, Exchange, Keyring, SharedKeys};
use exchange_console::Journeys;
use https_listener::{ListenerConfig, Server};
use journey::Observer;
use mail_store::Store;
use nhs::{Clock, Randomness, SystemClock, SystemRandomness};
use pages::{AccessOptions, Live, OpenId, PagesSettings, Role, SecurityLog, Users};
use pds::Demographics;
use secrecy::SecretString;
use settings::{Secret, SettingsError};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::config::Place;
use crate::error::{self, Error};

/// How often the security log is shortened.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Where a data directory keeps the patients and practices that routing asks.
pub fn registry_directory(data: &Path) -> PathBuf {
    data.join("registry")
}

/// Where a data directory keeps the certificates of the exchange's own authority.
pub fn certificates_directory(data: &Path) -> PathBuf {
    data.join("certificates")
}

/// A new directory among the temporary files that only this user may enter. It is removed with the
/// value.
///
/// # Errors
///
/// When it cannot be made.
pub fn temporary_directory(prefix: &str) -> Result<TempDir, Error> {
    tempfile::Builder::new()
        .prefix(prefix)
        .tempdir()
        .map_err(error::at(std::env::temp_dir()))
}

/// A password or key that nobody has to know: 24 random bytes in hexadecimal digits.
pub fn secret() -> SecretString {
    let mut bytes = [0u8; 24];
    SystemRandomness.fill(&mut bytes);
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.collect::<String>().into()
}

/// Opens the users of a practice or of an exchange.
///
/// # Errors
///
/// When their file in the data directory cannot be opened or made.
pub fn open_users(data: &Path) -> Result<Users, Error> {
    Ok(Users::open(&data.join("users.sqlite3"))?)
}

/// How people sign in to the pages that a listener serves. Its connections are not limited by the addresses of
/// the proxies before it.
///
/// # Errors
///
/// When the pages are said to stand behind a TLS proxy, and none is named.
pub fn access_options(
    (service, cookie): (&str, &'static str),
    listener: &mut ListenerConfig,
    settings: &PagesSettings,
) -> Result<AccessOptions, Error> {
    let proxies = settings.proxies();
    if proxies.behind_tls_proxy && proxies.trusted_proxies.is_empty() {
        return Err(Error::Usage(
            "[pages] behind_tls_proxy: name the proxy's address in trusted_proxies".to_owned(),
        ));
    }
    listener.trusted_proxies.extend(&proxies.trusted_proxies);
    Ok(AccessOptions {
        secure: listener.tls.is_some() || proxies.behind_tls_proxy,
        proxies,
        ..AccessOptions::new(service, cookie)
    })
}

/// The provider that people may sign in by, for a site with these roles.
///
/// # Errors
///
/// When a setting of `[pages.openid]` cannot be used.
pub fn openid<R: Role>(settings: &PagesSettings) -> Result<Option<OpenId>, Error> {
    let openid = settings.openid.clone().map(OpenId::new::<R>);
    Ok(openid.transpose()?)
}

/// The key that all mailboxes share; one in a file may be changed while the server runs, and the old one beside it
/// counts too.
///
/// # Errors
///
/// When a key cannot be read.
pub fn shared_keys(secret: &Secret) -> Result<SharedKeys, SettingsError> {
    let Some(file) = secret.file() else {
        return Ok(secret.first_line()?.into());
    };
    let old = old_shared_key(file);
    if old.exists() {
        tracing::warn!(
            "the old shared key is accepted too ({}); when every mailbox signs with the new one: \
             restante key rotate shared --finish",
            old.display()
        );
    }
    let files = vec![file.to_owned(), old.clone()];
    let current = secret.clone();
    SharedKeys::watched(files, move || {
        let mut keys = vec![current.first_line()?];
        if old.exists() {
            keys.push(Secret::File { file: old.clone() }.first_line()?);
        }
        Ok(keys)
    })
}

/// Where the old shared key is while the key in a file is changed.
pub fn old_shared_key(file: &Path) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(".old");
    path.into()
}

/// Shortens the security log once a day until shut down, where a setting says for how long it is kept.
///
/// # Errors
///
/// When that is not long enough.
pub fn expire_security_log(
    log: SecurityLog,
    settings: &PagesSettings,
    shutdown: &CancellationToken,
) -> Result<(), Error> {
    let Some(days) = settings.security_log_days else {
        return Ok(());
    };
    if days < 31 {
        return Err(Error::Usage(
            "[pages] security_log_days: expected 31 or more; without it, lines are kept for ever"
                .to_owned(),
        ));
    }
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        loop {
            let log = log.clone();
            let work = move || log.keep_days(days, SystemClock.now());
            match tokio::task::spawn_blocking(work).await {
                Ok(Ok(0)) => {}
                Ok(Ok(lines)) => tracing::info!(lines, days, "the security log was shortened"),
                Ok(Err(error)) => {
                    tracing::error!(%error, "the security log could not be shortened")
                }
                Err(_) => tracing::error!(
                    "the security log could not be shortened: the work ended abnormally"
                ),
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(DAY) => {}
            }
        }
    });
    Ok(())
}

/// Opens the store at `place` and the exchange over it.
///
/// # Errors
///
/// When the store or its key cannot be opened, or hold what this version cannot read.
pub async fn open_exchange(
    place: &Place,
    demographics: Arc<dyn Demographics>,
    shared_key: SharedKeys,
    settings: exchange::Settings,
    observer: Arc<dyn Observer>,
) -> Result<Exchange, Error> {
    let randomness = Arc::new(SystemRandomness);
    let node = nhs::uuid_v4(randomness.as_ref()).as_u128();
    let store = Store::open_with(&place.store, &place.data, node).await?;
    let keyring = Keyring::open_or_create(&place.key_file, randomness.as_ref())?;
    let dependencies = Dependencies {
        store,
        keyring,
        demographics,
        clock: Arc::new(SystemClock),
        randomness,
        shared_key,
        settings,
        observer,
    };
    Ok(Exchange::open(dependencies).await?)
}

/// What the console remembers of messages; hears the exchange and passes every event on.
pub fn journeys(shutdown: &CancellationToken, next: Arc<dyn Observer>) -> Journeys {
    Journeys::new(Arc::new(SystemClock), Live::new(shutdown.clone()), next)
}

/// Serves the MESH API over the exchange, whose own work runs beside it, until shut down.
pub async fn serve_exchange(
    exchange: Exchange,
    server: Server,
    router: Router,
    shutdown: CancellationToken,
) {
    let stop = shutdown.clone();
    let work = async move { exchange.run(stop).await };
    serve_beside(work, server, router, shutdown).await;
}

/// Serves until shut down, with work beside that ends by the same token; returns when both have
/// ended.
pub async fn serve_beside(
    work: impl Future<Output = ()> + Send + 'static,
    server: Server,
    router: Router,
    shutdown: CancellationToken,
) {
    let work = tokio::spawn(work);
    server.run(router, shutdown.clone()).await;
    shutdown.cancel();
    if work.await.is_err() {
        tracing::error!("the work beside the server stopped abnormally");
    }
}

/// Says on standard output where a service listens; tests and scripts wait for the line.
///
/// # Errors
///
/// When standard output is closed.
pub fn announce(service: &str, server: &Server, path: &str) -> Result<(), Error> {
    writeln!(std::io::stdout(), "{service} on {}{path}", server.url())?;
    Ok(())
}

/// A token that is cancelled by SIGTERM or Ctrl-C; on Windows by Ctrl-C, Ctrl-Break, a closed console, the machine's
/// going down, and the service manager.
///
/// # Errors
///
/// When the signals cannot be listened for.
pub fn stop_signal() -> Result<CancellationToken, Error> {
    let token = CancellationToken::new();
    let stop = token.clone();
    let told = told_to_stop()?;
    tokio::spawn(async move {
        told.await;
        stop.cancel();
    });
    Ok(token)
}

#[cfg(unix)]
fn told_to_stop() -> Result<impl Future<Output = ()>, Error> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    })
}

#[cfg(windows)]
fn told_to_stop() -> Result<impl Future<Output = ()>, Error> {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
    let (mut interrupt, mut broken) = (ctrl_c()?, ctrl_break()?);
    let (mut closed, mut shutdown) = (ctrl_close()?, ctrl_shutdown()?);
    let service_manager = stop_by_service_manager();
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = broken.recv() => {}
            _ = closed.recv() => {}
            _ = shutdown.recv() => {}
            () = service_manager.cancelled() => {}
        }
    })
}

/// What the service manager's word to stop cancels; one in a process.
#[cfg(windows)]
pub fn stop_by_service_manager() -> CancellationToken {
    static TOKEN: std::sync::OnceLock<CancellationToken> = std::sync::OnceLock::new();
    TOKEN.get_or_init(CancellationToken::new).clone()
}
