//! Taking a changed configuration while the client runs: on SIGHUP, and when the file or one that it
//! names (a certificate, a key store, a password) changes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mesh_client::Agent;

use super::load;

/// Looking at a few files' times costs nothing, and works where file events do not.
const LOOK_EVERY: Duration = Duration::from_secs(2);

type Times = Vec<Option<(SystemTime, u64)>>;

/// Watches for ever.
pub async fn watch(path: PathBuf, mut files: Vec<PathBuf>, agent: Arc<Agent>) {
    files.push(path.clone());
    let mut known = times(&files);
    let mut hangup = Hangup::new();
    loop {
        let told = tokio::select! {
            told = hangup.heard() => told,
            () = tokio::time::sleep(LOOK_EVERY) => false,
        };
        let found = times(&files);
        if !told && found == known {
            continue;
        }
        known = found;
        let reloaded = load::read(&path).and_then(|loaded| {
            let named = loaded.config.files();
            agent.reload(loaded.config)?;
            Ok(named)
        });
        match reloaded {
            Ok(named) => {
                tracing::info!("the configuration was read again");
                files = named;
                files.push(path.clone());
                known = times(&files);
            }
            Err(error) => {
                tracing::error!(%error, "the changed configuration is refused; the old one counts");
            }
        }
    }
}

fn times(files: &[PathBuf]) -> Times {
    let time = |path: &PathBuf| {
        let found = std::fs::metadata(path).ok()?;
        Some((found.modified().ok()?, found.len()))
    };
    files.iter().map(time).collect()
}

/// SIGHUP, where there is such a thing.
struct Hangup {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Hangup {
    #[cfg(unix)]
    fn new() -> Self {
        let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
        Self {
            signal: signal.ok(),
        }
    }

    #[cfg(unix)]
    async fn heard(&mut self) -> bool {
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return true;
        }
        std::future::pending().await
    }

    #[cfg(not(unix))]
    fn new() -> Self {
        Self {}
    }

    #[cfg(not(unix))]
    async fn heard(&mut self) -> bool {
        std::future::pending().await
    }
}
