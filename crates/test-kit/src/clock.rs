//! A clock that is moved by hand.

use jiff::{SignedDuration, Timestamp};
use nhs::Clock;
use parking_lot::Mutex;

/// Stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock that says `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves it on, or back by a negative time; it stays where it is at the end of time.
    pub fn pass(&self, time: SignedDuration) {
        let mut now = self.0.lock();
        *now = now.checked_add(time).unwrap_or(*now);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock()
    }
}
