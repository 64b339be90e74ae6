//! The limit on sends to patients who could not be matched.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nhs::MailboxId;
use parking_lot::Mutex;

const WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// Counts, for each sending mailbox, the answers within the last hour that gave away something about
/// numbers the sender may only have guessed: EPL-153 and 154. Kept in memory: a restart, which no
/// sender can bring about, begins a new hour.
#[derive(Default)]
pub(crate) struct Probing(Mutex<HashMap<MailboxId, VecDeque<Timestamp>>>);

impl Probing {
    /// How long this mailbox has to wait; `None` when it need not. A limit of 0 is no limit.
    pub(crate) fn wait(&self, sender: &MailboxId, now: Timestamp, limit: u32) -> Option<Duration> {
        let mut failures = self.0.lock();
        let failures_of_sender = failures.get_mut(sender)?;
        forget_old(failures_of_sender, now);
        if failures_of_sender.is_empty() {
            failures.remove(sender);
            return None;
        }
        wait(failures_of_sender, now, limit)
    }

    /// Counts one more such answer; or, at the limit, says how long not to give it.
    pub(crate) fn count(
        &self,
        sender: &MailboxId,
        now: Timestamp,
        limit: u32,
    ) -> Result<(), Duration> {
        if limit == 0 {
            return Ok(());
        }
        let mut failures = self.0.lock();
        let failures = failures.entry(sender.clone()).or_default();
        forget_old(failures, now);
        if let Some(wait) = wait(failures, now, limit) {
            return Err(wait);
        }
        failures.push_back(now);
        Ok(())
    }
}

fn forget_old(failures: &mut VecDeque<Timestamp>, now: Timestamp) {
    while failures
        .front()
        .is_some_and(|first| now.duration_since(*first) >= WINDOW)
    {
        failures.pop_front();
    }
}

fn wait(failures: &VecDeque<Timestamp>, now: Timestamp, limit: u32) -> Option<Duration> {
    let first = failures.front()?;
    let full = limit > 0 && failures.len() >= limit as usize;
    full.then(|| {
        let left = WINDOW - now.duration_since(*first);
        Duration::try_from(left).unwrap_or_default()
    })
}
