//! The certificates that the exchange's own authority issued, for the console's pages.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use exchange_console::{Certificate, Certificates};
use https_listener::ListenerError;
use https_listener::certificate::{Authority, Holder, Recorded};
use mesh::CertificateName;
use nhs::Clock;
use tokio_util::sync::CancellationToken;

/// How often it is looked whether there are others.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Keeps what the pages know up to date until shut down.
pub async fn watch(
    directory: PathBuf,
    known: Certificates,
    clock: impl Clock + Clone + 'static,
    shutdown: CancellationToken,
) {
    let mut seen = None;
    while !shutdown.is_cancelled() {
        let (directory, known, clock) = (directory.clone(), known.clone(), clock.clone());
        let look = tokio::task::spawn_blocking(move || {
            let stamp = stamp(&directory);
            if Some(&stamp) != seen.as_ref() {
                match read(&directory, &clock) {
                    Ok(found) => known.set(found),
                    Err(error) => tracing::warn!(%error, "issued certificates are not shown"),
                }
            }
            Some(stamp)
        });
        seen = look.await.unwrap_or_default();
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// When the record and the revocation list were changed last.
fn stamp(directory: &Path) -> [Option<SystemTime>; 2] {
    let changed = |name| {
        directory
            .join(name)
            .metadata()
            .and_then(|found| found.modified())
    };
    ["issued", "crl.pem"].map(|name| changed(name).ok())
}

fn read(directory: &Path, clock: &impl Clock) -> Result<Vec<Certificate>, ListenerError> {
    let Some(authority) = Authority::open(directory, clock.now())? else {
        return Ok(Vec::new());
    };
    let revoked = authority.revoked_serials()?;
    let issued = authority.issued()?;
    Ok(issued
        .into_iter()
        .map(|recorded| {
            let revoked = revoked.contains(&recorded.serial);
            certificate(recorded, revoked)
        })
        .collect())
}

fn certificate(recorded: Recorded, revoked: bool) -> Certificate {
    let name = CertificateName::parse(&recorded.subject);
    let name = name.filter(|_| recorded.holder == Holder::Client);
    Certificate {
        organisation: name.as_ref().map(|name| name.organisation().clone()),
        name: match &name {
            Some(name) => name.local_id().to_owned(),
            None => recorded.subject,
        },
        serial: recorded.serial.to_string(),
        from: Some(recorded.not_before),
        until: recorded.not_after,
        revoked,
    }
}
