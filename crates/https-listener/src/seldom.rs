//! A line in the log once a minute, however often there is a reason for one.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

const EVERY: Duration = Duration::from_secs(60);

/// Counts what happened between two lines.
#[derive(Debug, Default)]
pub struct Seldom(Mutex<(Option<Instant>, u64)>);

impl Seldom {
    /// Notes that it happened. When a line is due: how often it did since the last one, this time
    /// included.
    pub fn note(&self, now: Instant) -> Option<u64> {
        let (last, count) = &mut *self.0.lock();
        *count += 1;
        if last.is_some_and(|last| now.saturating_duration_since(last) < EVERY) {
            return None;
        }
        *last = Some(now);
        Some(std::mem::take(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_and_then_one_a_minute_with_how_many_there_were() {
        let seldom = Seldom::default();
        let now = Instant::now();
        assert_eq!(seldom.note(now), Some(1));
        assert_eq!(seldom.note(now + EVERY / 2), None);
        assert_eq!(seldom.note(now + EVERY / 2), None);
        assert_eq!(seldom.note(now + EVERY), Some(3));
    }
}
