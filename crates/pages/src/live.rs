//! Telling open pages that what they show has changed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Tells open pages that something they show has changed. Cheap to clone.
#[derive(Clone)]
pub struct Live {
    version: Arc<watch::Sender<u64>>,
    shutdown: CancellationToken,
}

impl Live {
    /// Ends every page's connection when the token is cancelled.
    pub fn new(shutdown: CancellationToken) -> Self {
        Self {
            version: Arc::new(watch::Sender::new(1)),
            shutdown,
        }
    }

    /// Something changed. Costs next to nothing; many changes at once reach a page as one.
    pub fn changed(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    pub(crate) fn version(&self) -> u64 {
        *self.version.borrow()
    }

    /// Waits; false once the service stops.
    pub(crate) async fn rest(&self, duration: Duration) -> bool {
        tokio::time::timeout(duration, self.shutdown.cancelled())
            .await
            .is_err()
    }

    /// Waits for the next version; `None` once the service stops.
    pub(crate) async fn next(&self, seen: u64) -> Option<u64> {
        let mut receiver = self.version.subscribe();
        let newer = receiver.wait_for(|version| *version != seen);
        tokio::select! {
            () = self.shutdown.cancelled() => None,
            version = newer => version.ok().map(|version| *version),
        }
    }
}
