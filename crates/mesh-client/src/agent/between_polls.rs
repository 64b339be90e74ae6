//! What a mailbox asks of its server, and how long it pauses then. A server that waits is asked to answer when
//! there is mail, again and again; any other is polled by the schedule, and asked nothing between.

use std::time::Duration;

use nhs::MessageId;
use tokio::time::Instant;

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
    asked: Instant,
}

impl BetweenPolls {
    pub fn new(poll_period: Duration, wait_seconds: u32) -> Self {
        Self {
            poll_period,
            wait_seconds,
            server_waits: false,
            behind: None,
            polled: None,
            asked: Instant::now(),
        }
    }

    /// What to ask now, and whether it is a poll by the schedule.
    pub fn ask(&mut self) -> (Ask, bool) {
        self.asked = Instant::now();
        let is_due = self
            .polled
            .is_none_or(|polled| polled + self.poll_period <= self.asked);
        if self.server_waits && !is_due {
            let wait = Ask::Wait {
                seconds: self.wait_seconds,
                behind: self.behind.take(),
            };
            return (wait, false);
        }
        self.polled = Some(self.asked);
        match self.wait_seconds {
            0 => (Ask::List, true),
            _ => (Ask::Whether, true),
        }
    }

    /// How long to pause after what was found; `random` is any number.
    pub fn after(&mut self, collected: Collected, random: u8) -> Duration {
        let waited = std::mem::replace(&mut self.server_waits, collected.applied_wait.is_some());
        self.behind = collected.last_left;
        let Some(seconds) = collected.applied_wait else {
            return match waited {
                true => self.poll_period.min(WHETHER_AGAIN),
                false => self.poll_period,
            };
        };
        let in_time = self.asked + Duration::from_secs(seconds.into());
        if collected.took_something || in_time <= Instant::now() {
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

    #[tokio::test(start_paused = true)]
    async fn a_server_that_does_not_wait_is_polled_by_the_schedule_alone() {
        let mut between = BetweenPolls::new(PERIOD, 50);
        for took_something in [false, true, false] {
            assert!(matches!(between.ask(), (Ask::Whether, true)));
            assert_eq!(between.after(collected(None, took_something), 9), PERIOD);
        }
        let mut never = BetweenPolls::new(PERIOD, 0);
        assert!(matches!(never.ask(), (Ask::List, true)));
        assert_eq!(never.after(collected(None, true), 9), PERIOD);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_waits_is_asked_at_once_and_polled_by_the_schedule_too() {
        let mut between = BetweenPolls::new(PERIOD, 50);
        between.ask();
        assert_eq!(between.after(collected(Some(0), false), 9), Duration::ZERO);
        let (mut polls, began) = (0, Instant::now());
        while began.elapsed() < 4 * PERIOD {
            let (ask, is_poll) = between.ask();
            let applied = match ask {
                Ask::Wait { seconds, .. } => seconds.min(30),
                _ => 0,
            };
            polls += u32::from(is_poll);
            tokio::time::advance(Duration::from_secs(applied.into())).await;
            let pause = between.after(collected(Some(applied), false), 9);
            assert_eq!(pause, Duration::ZERO);
        }
        assert!((3..=4).contains(&polls), "{polls}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_ends_early_with_nothing_or_is_not_applied_is_followed_by_a_pause() {
        let mut between = BetweenPolls::new(PERIOD, 50);
        between.ask();
        between.after(collected(Some(0), false), 0);
        between.ask();
        let (least, greatest) = AFTER_EARLY_END;
        assert_eq!(between.after(collected(Some(50), false), 0), least);
        between.ask();
        assert_eq!(between.after(collected(Some(50), false), 255), greatest);
        between.ask();
        assert_eq!(between.after(collected(Some(50), true), 0), Duration::ZERO);
        between.ask();
        assert_eq!(between.after(collected(None, true), 0), WHETHER_AGAIN);
        assert!(matches!(between.ask(), (Ask::Whether, true)));
        assert_eq!(between.after(collected(None, true), 0), PERIOD);
    }
}
