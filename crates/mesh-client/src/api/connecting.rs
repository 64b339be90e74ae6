//! What the connectors of a client are at: whether a request that no connection has taken up may still be.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::progress::Progress;

/// A new connection takes its request up within microseconds; a busy machine may need longer.
const HANDED_OVER_WITHIN: Duration = Duration::from_secs(2);

/// Shared by the connectors of one client.
pub(super) struct Connecting {
    under_way: AtomicUsize,
    ended: AtomicUsize,
    /// Whether a connection speaks HTTP/2, which takes up a request when it has a stream for it.
    is_shared: AtomicBool,
    /// Whether a server of HTTP/2 waited to be spoken to.
    pub is_silent: AtomicBool,
    patience: Duration,
}

impl Default for Connecting {
    fn default() -> Self {
        Self::within(HANDED_OVER_WITHIN)
    }
}

impl Connecting {
    pub fn within(patience: Duration) -> Self {
        Self {
            under_way: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
            is_shared: AtomicBool::new(false),
            is_silent: AtomicBool::new(false),
            patience,
        }
    }

    /// Notes that a connection is being made, until what is returned is dropped.
    pub fn begin(&self) -> UnderWay<'_> {
        self.under_way.fetch_add(1, Ordering::AcqRel);
        UnderWay(self)
    }

    /// Notes that a connection speaks HTTP/2.
    pub fn share(&self) {
        self.is_shared.store(true, Ordering::Release);
    }

    /// Whether a connection speaks HTTP/2.
    pub fn is_shared(&self) -> bool {
        self.is_shared.load(Ordering::Acquire)
    }

    /// Ends when the request was given up because nobody will take it up: every connection over HTTP/1.1 has long had
    /// what it was made for, and none is being made.
    pub async fn leaves(&self, progress: &Progress) {
        loop {
            let ended = self.ended.load(Ordering::Acquire);
            tokio::time::sleep(self.patience).await;
            if progress.is_taken_up() || self.is_shared() {
                return std::future::pending().await;
            }
            let is_quiet = self.under_way.load(Ordering::Acquire) == 0
                && self.ended.load(Ordering::Acquire) == ended;
            if is_quiet && progress.give_up() {
                return;
            }
        }
    }
}

/// A connection that is being made.
pub(super) struct UnderWay<'a>(&'a Connecting);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::AcqRel);
        self.0.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}
