//! When a trace that had no answer is tried again.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nhs::Randomness;

use crate::Settings;

/// No wait is longer, whatever the other side asks for.
const LONGEST: u64 = 24 * 3_600 * 1_000;

/// When the next attempt is due, the one made being the `attempts`th: the first wait doubles with
/// each attempt up to the longest, is never shorter than the other side asked for, and has up to a
/// quarter of jitter added. Never after the deadline, so that the report is not late.
pub(super) fn next_attempt(
    settings: &Settings,
    attempts: u32,
    asked: Option<Duration>,
    now: Timestamp,
    deadline: Timestamp,
    randomness: &dyn Randomness,
) -> Timestamp {
    let first = u64::from(settings.routing_retry_seconds.max(1)) * 1_000;
    let longest = u64::from(settings.routing_retry_longest_seconds) * 1_000;
    let doubled = first.saturating_mul(1 << attempts.saturating_sub(1).min(20));
    let asked = asked.map_or(0, |asked| {
        u64::try_from(asked.as_millis()).unwrap_or(u64::MAX)
    });
    let base = doubled.min(longest).max(asked).min(LONGEST);
    let mut jitter = [0u8; 2];
    randomness.fill(&mut jitter);
    let jitter = base * u64::from(u16::from_be_bytes(jitter)) / (4 * 65_536);
    let wait = SignedDuration::from_millis(i64::try_from(base + jitter).unwrap_or(i64::MAX));
    let next = now.checked_add(wait).unwrap_or(Timestamp::MAX);
    if deadline > now {
        next.min(deadline)
    } else {
        next
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    struct Always(u8);

    impl Randomness for Always {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn wait(attempts: u32, asked: Option<u64>, random: u8) -> u64 {
        let now = Timestamp::UNIX_EPOCH;
        let deadline = now + SignedDuration::from_hours(100);
        let asked = asked.map(Duration::from_secs);
        let settings = Settings::default();
        let next = next_attempt(&settings, attempts, asked, now, deadline, &Always(random));
        u64::try_from(next.as_millisecond()).unwrap()
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<_> = (1..=10).map(|attempts| wait(attempts, None, 0)).collect();
        let seconds = [2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map(|wait| wait * 1_000);
        assert_eq!(waits, seconds);
    }

    #[test]
    fn the_deadline_is_not_slept_past() {
        let now = Timestamp::UNIX_EPOCH;
        let deadline = now + SignedDuration::from_secs(7);
        let settings = Settings::default();
        let asked = Some(Duration::from_secs(60));
        assert_eq!(
            next_attempt(&settings, 1, asked, now, deadline, &Always(0)),
            deadline
        );
    }

    proptest! {
        #[test]
        fn never_shorter_than_asked_for_nor_a_quarter_longer(
            attempts in 0u32..100,
            asked in 0u64..86_400,
            random: u8,
        ) {
            let least = wait(attempts, Some(asked), 0);
            let waited = wait(attempts, Some(asked), random);
            prop_assert!(least >= asked * 1_000);
            prop_assert!(waited >= least && waited <= least + least / 4);
        }
    }
}
