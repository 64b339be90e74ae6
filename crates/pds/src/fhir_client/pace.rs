//! Spacing requests to PDS evenly.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// Spaces requests evenly, so that no second holds more than is granted.
pub(super) struct Pace {
    interval: Duration,
    longest_wait: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    pub(super) fn new(requests_per_second: u32, longest_wait: Duration) -> Self {
        let interval = Duration::from_secs(1) / requests_per_second.max(1);
        Self {
            interval,
            longest_wait,
            next: Mutex::new(None),
        }
    }

    /// Takes the next free turn and says how long it is until then; or takes none and says how long
    /// the queue is.
    pub(super) fn reserve(&self, now: Instant) -> Result<Duration, Duration> {
        let mut next = self.next.lock();
        let turn = next.map_or(now, |next| next.max(now));
        let wait = turn - now;
        if wait > self.longest_wait {
            return Err(wait);
        }
        *next = Some(turn + self.interval);
        Ok(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_evenly_spaced_and_the_queue_is_bounded() {
        let pace = Pace::new(5, Duration::from_secs(1));
        let now = Instant::now();
        let waits: Vec<_> = (0..7).map(|_| pace.reserve(now)).collect();
        let fifths = |n: u32| Duration::from_millis(200) * n;
        let expected: Vec<_> = (0..6)
            .map(|n| Ok(fifths(n)))
            .chain([Err(fifths(6))])
            .collect();
        assert_eq!(waits, expected);
        assert_eq!(pace.reserve(now + fifths(10)), Ok(Duration::ZERO));
    }
}
