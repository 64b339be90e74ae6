//! The sending practice's client with a certificate that has expired, and with its good one again.

use std::sync::Arc;

use mesh_client::Agent;
use mesh_client::config::AgentConfig;
use sandbox_pages::live_loop::Fault;
use tokio_util::sync::CancellationToken;

use super::Chaos;

/// Gives the client the configuration that the switch asks for, until shut down. The client then connects anew; what it
/// was transferring it ends first.
pub async fn follow(
    chaos: Chaos,
    agent: Arc<Agent>,
    good: AgentConfig,
    expired: AgentConfig,
    shutdown: CancellationToken,
) {
    let mut changes = chaos.changes();
    let mut is_expired = false;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            changed = changes.changed() => if changed.is_err() { return },
        }
        let wanted = chaos.is_on(Fault::ExpiredCertificate);
        if wanted == is_expired {
            continue;
        }
        let config = if wanted { &expired } else { &good };
        match agent.reload(config.clone()) {
            Ok(()) => {
                is_expired = wanted;
                if wanted {
                    chaos.note_effect(Fault::ExpiredCertificate);
                }
            }
            Err(error) => {
                tracing::error!(%error, "the client did not take its other certificate");
            }
        }
    }
}
