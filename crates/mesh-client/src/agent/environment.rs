//! What the agent is handed: time, randomness, and who is notified of what happens.

use std::sync::Arc;

use jiff::Timestamp;
use nhs::{Clock, Randomness, uuid_v4};

use super::event::{self, Event, Observer};

/// Time, randomness and the observer.
#[derive(Clone)]
pub(super) struct Environment {
    pub clock: Arc<dyn Clock>,
    pub randomness: Arc<dyn Randomness>,
    pub observer: Observer,
}

impl Environment {
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A random id.
    pub fn unique(&self) -> String {
        uuid_v4(self.randomness.as_ref()).to_string()
    }

    /// Counts an event and hands it to the observer.
    pub fn notify(&self, event: Event) {
        event::count(&event);
        (self.observer)(&event);
    }
}
