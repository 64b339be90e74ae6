//! Tells open pages that something happened to a message.

use std::sync::Arc;

use jiff::Timestamp;
use journey::{Event, Observer, Work};
use nhs::Clock;
use pages::Live;

/// Tells open pages of each change that the exchange tells as its [`Observer`], and passes every event on. What happened is
/// kept by the exchange, beside its messages. Cheap to clone.
#[derive(Clone)]
pub struct Journeys {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Arc<dyn Clock>,
    live: Live,
    next: Arc<dyn Observer>,
}

impl Journeys {
    /// Tells open pages from now on.
    pub fn new(clock: Arc<dyn Clock>, live: Live, next: Arc<dyn Observer>) -> Self {
        Self {
            inner: Arc::new(Inner { clock, live, next }),
        }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Tells open pages of changes.
    pub fn live(&self) -> &Live {
        &self.inner.live
    }

    /// Something happened elsewhere, such as at a practice in the same process.
    pub fn changed(&self) {
        self.inner.live.changed();
    }
}

impl Observer for Journeys {
    fn observe(&self, event: &Event) {
        self.inner.next.observe(event);
        self.inner.live.changed();
    }

    fn carry(&self, work: Work) -> Work {
        self.inner.next.carry(work)
    }
}
