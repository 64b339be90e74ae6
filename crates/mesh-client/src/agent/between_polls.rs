//! What a mailbox asks of its server, and how long it pauses then. A server that waits is asked to answer when
//! there is mail, again and again; any other is polled by the schedule, and asked nothing between.

use std::time::{Duration, Instant};

use nhs::MessageId;

use super::collect::{Ask, Collected};

/// A server that waited and does not now may have no place for a moment.
const WHETHER_AGAIN: Duration = Duration::from_secs(60);
/// The least and the greatest pause after a wait that ended early with nothing: the server is being stopped.
const AFTER_EARLY_END: (Duration, Duration) =
    (Duration::from_millis(500), Duration::from_millis(2500));

/// Between two polls of a mailbox.
pub(super) struct BetweenPolls {
    poll_period: Duration,
    /// 0: nothing is asked but the list.
    wait_seconds: u32,
    server_waits: bool,
    /// The last message of those that stay in the inbox.
    behind: Option<MessageId>,
    /// The last poll by the schedule.
    polled: Option<Instant>,
    asked: Option<Instant>,
    /// Whether that was to wait.
    asked_to_wait: bool,
}

impl BetweenPolls {
    pub fn new(poll_period: Duration, wait_seconds: u32) -> Self {
        Self {
            poll_period,
            wait_seconds,
            server_waits: false,
            behind: None,
            polled: None,
            asked: None,
            asked_to_wait: false,
        }
    }

    /// What to ask now, and whether it is a poll by the schedule.
    pub fn ask(&mut self, now: Instant) -> (Ask, bool) {
        self.asked = Some(now);
        let since = |polled: Instant| now.saturating_duration_since(polled);
        let is_due = self
            .polled
            .is_none_or(|polled| since(polled) >= self.poll_period);
        self.asked_to_wait = self.server_waits && !is_due;
        if self.asked_to_wait {
            let wait = Ask::Wait {
                seconds: self.wait_seconds,
                behind: self.behind.take(),
            };
            return (wait, false);
        }
        self.polled = self.asked;
        match self.wait_seconds {
            0 => (Ask::List, true),
            _ => (Ask::Whether, true),
        }
    }

    /// How long to pause after what was found; `random` is any number.
    pub fn after(&mut self, collected: Collected, now: Instant, random: u8) -> Duration {
        // One that was asked to wait and applied no time did not wait.
        let applied = collected.applied_wait;
        let applied = applied.filter(|seconds| *seconds > 0 || !self.asked_to_wait);
        let waited = std::mem::replace(&mut self.server_waits, applied.is_some());
        self.behind = collected.last_left;
        let Some(seconds) = applied else {
            return match waited {
                true => self.poll_period.min(WHETHER_AGAIN),
                false => self.poll_period,
            };
        };
        let asked = self.asked.unwrap_or(now);
        let took = now.saturating_duration_since(asked);
        if collected.took_something || took >= Duration::from_secs(seconds.into()) {
            return Duration::ZERO;
        }
        let (least, greatest) = AFTER_EARLY_END;
        least + (greatest - least).mul_f64(f64::from(random) / 255.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: Duration = Duration::from_secs(1800);

    fn collected(applied_wait: Option<u32>, took_something: bool) -> Collected {
        Collected {
            applied_wait,
            took_something,
            last_left: None,
        }
    }

    #[test]
    fn a_server_that_does_not_wait_is_polled_by_the_schedule_alone() {
        let now = Instant::now();
        let mut between = BetweenPolls::new(PERIOD, 50);
        for took_something in [false, true, false] {
            assert!(matches!(between.ask(now), (Ask::Whether, true)));
            let found = collected(None, took_something);
            assert_eq!(between.after(found, now, 9), PERIOD);
        }
        let mut never = BetweenPolls::new(PERIOD, 0);
        assert!(matches!(never.ask(now), (Ask::List, true)));
        assert_eq!(never.after(collected(None, true), now, 9), PERIOD);
    }

    #[test]
    fn a_server_that_waits_is_asked_at_once_and_polled_by_the_schedule_too() {
        let began = Instant::now();
        let mut between = BetweenPolls::new(PERIOD, 50);
        let (mut polls, mut now) = (0, began);
        while now - began < 4 * PERIOD {
            let (ask, is_poll) = between.ask(now);
            let applied = match ask {
                Ask::Wait { seconds, .. } => seconds.min(30),
                _ => 0,
            };
            polls += u32::from(is_poll);
            now += Duration::from_secs(applied.into());
            let found = collected(Some(applied), false);
            assert_eq!(between.after(found, now, 9), Duration::ZERO);
        }
        assert_eq!(polls, 4);
    }

    #[test]
    fn a_wait_that_ends_early_with_nothing_or_is_not_applied_is_followed_by_a_pause() {
        let now = Instant::now();
        let (least, greatest) = AFTER_EARLY_END;
        let mut between = BetweenPolls::new(PERIOD, 50);
        between.ask(now);
        between.after(collected(Some(0), false), now, 0);
        for (found, random, pause) in [
            (collected(Some(50), false), 0, least),
            (collected(Some(50), false), 255, greatest),
            (collected(Some(50), true), 0, Duration::ZERO),
            (collected(None, true), 0, WHETHER_AGAIN),
        ] {
            assert!(matches!(between.ask(now), (Ask::Wait { .. }, false)));
            assert_eq!(between.after(found, now, random), pause);
        }
        assert!(matches!(between.ask(now), (Ask::Whether, true)));
        assert_eq!(between.after(collected(None, true), now, 0), PERIOD);
    }
}
