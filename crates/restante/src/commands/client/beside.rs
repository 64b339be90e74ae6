//! A client inside another service's process: `restante practice --client`.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use mesh_client::Agent;
use nhs::{SystemClock, SystemRandomness};
use tokio_util::sync::CancellationToken;

use super::load;
use crate::error::Error;
use crate::logging;
use crate::weakened;

/// Serves the directories of a client's configuration until shut down. Health, metrics and reloading are those of a
/// client that is a service of its own.
///
/// # Errors
///
/// When the configuration cannot be used.
pub fn start(
    path: &Path,
    shutdown: CancellationToken,
) -> Result<impl Future<Output = ()> + Send + 'static, Error> {
    let loaded = load::read(path)?;
    if let Some(directory) = loaded.config.log_directory() {
        logging::to_files_too(directory, super::LOG_FILE);
    }
    for remark in &loaded.remarks {
        tracing::warn!("meshclient.cfg: {remark}");
    }
    weakened::admit(weakened::of_client(&loaded.config))?;
    let agent = Agent::new(
        loaded.config,
        Arc::new(SystemClock),
        Arc::new(SystemRandomness),
        Arc::new(|_| ()),
    )?;
    Ok(async move { agent.run(shutdown).await })
}
