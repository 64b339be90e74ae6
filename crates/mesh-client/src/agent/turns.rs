//! Turns: how many messages are on their way at once over all mailboxes.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// A place, which is free again when this is dropped.
pub(super) type Turn = OwnedSemaphorePermit;

/// The places for messages on their way, shared by all mailboxes of one server.
#[derive(Clone)]
pub(super) struct Turns(Arc<Semaphore>);

impl Turns {
    /// `at_once` messages, at least one.
    pub fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once.max(1))))
    }

    /// A place, if one is free.
    pub fn at_once(&self) -> Option<Turn> {
        self.0.clone().try_acquire_owned().ok()
    }

    /// Waits for a place; `None` when stopped before.
    pub async fn next(&self, stop: &CancellationToken) -> Option<Turn> {
        tokio::select! {
            biased;
            () = stop.cancelled() => None,
            permit = self.0.clone().acquire_owned() => permit.ok(),
        }
    }
}
