//! Alerts that leave a practice and an exchange: where each takes them from, and the channels that the settings name.

mod conditions;
mod exchange;
mod practice;

use std::path::Path;
use std::sync::Arc;

use alerting::{Alerting, Running, Settings, Source, Wake};
use nhs::{Clock, SystemClock};
use tokio_util::sync::CancellationToken;

use crate::config::{PracticeFile, ServerConfig};
use crate::error::Error;

pub use exchange::{ExchangeAlerts, ExchangeKind};
pub use practice::PracticeAlerts;

/// The channels that `[alerting]` of a `practice.toml` names, if it has that table. Nothing is sent yet.
///
/// # Errors
///
/// When a secret or a file that it names cannot be used.
pub fn of_practice(config: &Path, file: &PracticeFile) -> Result<Option<Alerting>, Error> {
    let name = format!("practice {}", file.practice.ods);
    open(config, file.alerting.as_ref(), name)
}

/// The channels that `[alerting]` of a `server.toml` names.
///
/// # Errors
///
/// As [`of_practice`].
pub fn of_server(config: &Path, file: &ServerConfig) -> Result<Option<Alerting>, Error> {
    open(config, file.alerting.as_ref(), "exchange")
}

fn open<K: Copy + Into<&'static str>>(
    config: &Path,
    settings: Option<&Settings<K>>,
    name: impl Into<String>,
) -> Result<Option<Alerting>, Error> {
    let opened = settings.map(|settings| Alerting::open(settings, name));
    opened.transpose().map_err(|error| Error::Alerting {
        config: config.to_owned(),
        error,
    })
}

/// Sends what the source has until shut down.
pub fn begin(
    alerting: Option<Alerting>,
    source: impl Source + 'static,
    wake: &Wake,
    shutdown: &CancellationToken,
) -> Option<Running> {
    let source: Arc<dyn Source> = Arc::new(source);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    alerting.map(|alerting| alerting.begin(&source, &clock, wake, shutdown))
}

/// Sends what the source has now, once.
pub async fn send_once(alerting: Option<Alerting>, source: impl Source + 'static) {
    let source: Arc<dyn Source> = Arc::new(source);
    for mut dispatcher in alerting.into_iter().flat_map(|it| it.dispatchers(&source)) {
        dispatcher.round(SystemClock.now()).await;
    }
}

/// Waits for the messages under way, once everything else was shut down.
pub async fn finish(running: Option<Running>) {
    if let Some(running) = running {
        running.finish().await;
    }
}
