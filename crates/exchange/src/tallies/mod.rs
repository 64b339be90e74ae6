//! How much happens, counted in memory and written once a minute as sums by minute and hour: for charts that
//! outlive a restart. Nothing is written where messages are sent or collected.

mod delivery;
mod history;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use journey::Event;
use mail_store::{Amount, Op, Span, Tally};
use parking_lot::Mutex;

use crate::{Exchange, ExchangeError, MailboxOverview};

pub use delivery::DeliveryTimes;
pub use history::{History, HistoryRange, Spell};

/// A server counted: without it nothing is known of the minute.
const RUNNING: &str = "running";
const ACCEPTED: &str = "accepted";
const DELIVERED: &str = "delivered";
const ACKNOWLEDGED: &str = "acknowledged";
const REFUSED: &str = "refused";
const EXPIRED: &str = "expired";
/// Followed by the report's code.
const REPORTED: &str = "reported ";
/// Followed by the number of a step of [`DeliveryTimes`].
const DELIVERY: &str = "delivery ";
/// The highest of the span, as the three below it.
const WAITING: &str = "waiting";
const OLDEST: &str = "oldest seconds";
const OLDEST_OF_OTHERS: &str = "oldest seconds of others";

/// Minutes kept while they cannot be written.
const PENDING: usize = 60;
/// A server that was not asked to write for longer, as on a machine that slept, did not count meanwhile.
const PAUSE: SignedDuration = SignedDuration::from_mins(3);

/// What was counted and is not written yet.
#[derive(Default)]
pub(crate) struct Counting(Mutex<Pending>);

#[derive(Default)]
struct Pending {
    /// By the minute's beginning.
    minutes: BTreeMap<Timestamp, Minute>,
    /// Until when it is noted that this server counts.
    noted: Option<Timestamp>,
}

type Minute = BTreeMap<String, Amount>;

impl Counting {
    fn add(&self, at: Timestamp, what: &str, amount: Amount) {
        self.0.lock().add(at, what, amount);
    }

    fn pending(&self) -> BTreeMap<Timestamp, Minute> {
        self.0.lock().minutes.clone()
    }

    /// Takes what is to be written, with every minute in which this server counted.
    fn take(&self, now: Timestamp) -> BTreeMap<Timestamp, Minute> {
        let mut pending = self.0.lock();
        let noted = pending.noted.filter(|noted| {
            let pause = now.duration_since(*noted);
            !pause.is_negative() && pause <= PAUSE
        });
        let (mut minute, last) = (Span::Minute.began(noted.unwrap_or(now)), now);
        while minute <= last {
            pending.add(minute, RUNNING, Amount::More(1));
            let Ok(next) = minute.checked_add(SignedDuration::from_mins(1)) else {
                break;
            };
            minute = next;
        }
        pending.noted = Some(now);
        std::mem::take(&mut pending.minutes)
    }

    /// Gives back what could not be written.
    fn give_back(&self, minutes: BTreeMap<Timestamp, Minute>) {
        let mut pending = self.0.lock();
        for (minute, counted) in minutes {
            for (what, amount) in counted {
                pending.add(minute, &what, amount);
            }
        }
        while pending.minutes.len() > PENDING {
            pending.minutes.pop_first();
        }
    }
}

impl Pending {
    fn add(&mut self, at: Timestamp, what: &str, amount: Amount) {
        let minute = self.minutes.entry(Span::Minute.began(at)).or_default();
        match minute.get_mut(what) {
            None => {
                minute.insert(what.to_owned(), amount);
            }
            Some(counted) => *counted = and(*counted, amount),
        }
    }
}

fn and(one: Amount, other: Amount) -> Amount {
    match (one, other) {
        (Amount::More(one), Amount::More(other)) => Amount::More(one.saturating_add(other)),
        (Amount::Highest(one) | Amount::More(one), Amount::Highest(other))
        | (Amount::Highest(one), Amount::More(other)) => Amount::Highest(one.max(other)),
    }
}

impl Exchange {
    fn tally(&self, what: &str, more: u64) {
        self.counting().add(self.now(), what, Amount::More(more));
    }

    /// Counts what happened.
    pub(crate) fn count_event(&self, event: &Event) {
        match event {
            Event::Accepted { .. } => self.tally(ACCEPTED, 1),
            Event::Delivered { .. } => self.tally(DELIVERED, 1),
            Event::Acknowledged { .. } => self.tally(ACKNOWLEDGED, 1),
            Event::Expired { .. } => self.tally(EXPIRED, 1),
            Event::Reported { code, .. } => self.tally(&format!("{REPORTED}{code}"), 1),
            _ => {}
        }
    }

    /// Counts a request that was turned away.
    pub(crate) fn count_refusal(&self) {
        self.tally(REFUSED, 1);
    }

    /// Counts how long a message took from its acceptance to the inbox.
    pub(crate) fn count_delivery(&self, accepted: Timestamp) {
        let took = self.now().duration_since(accepted);
        let step = delivery::step(took);
        self.tally(&format!("{DELIVERY}{step:02}"), 1);
    }

    /// Notes what waits in the inboxes now, as the one server that tidies sees it.
    pub(crate) fn count_waiting(&self, overview: &[MailboxOverview], now: Timestamp) {
        let waiting = overview.iter().map(|mailbox| mailbox.waiting).sum();
        let ages = overview.iter().filter_map(|mailbox| mailbox.oldest);
        let ages = ages.map(|oldest| now.duration_since(oldest).as_secs());
        let mut ages: Vec<u64> = ages.map(|age| u64::try_from(age).unwrap_or(0)).collect();
        ages.sort_unstable_by(|one, other| other.cmp(one));
        let age = |place: usize| ages.get(place).copied().unwrap_or(0);
        for (what, amount) in [
            (WAITING, waiting),
            (OLDEST, age(0)),
            (OLDEST_OF_OTHERS, age(1)),
        ] {
            self.counting().add(now, what, Amount::Highest(amount));
        }
    }

    /// Writes what was counted since the last time. [`Exchange::run`] does this every minute and when it
    /// ends.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`]; what was counted is written the next time, but where it is not known
    /// whether it was written now.
    pub async fn write_tallies(&self) -> Result<(), ExchangeError> {
        let minutes = self.counting().take(self.now());
        let tally = |(what, amount): (&String, &Amount)| Tally {
            what: what.clone(),
            amount: *amount,
        };
        let job = minutes.iter().map(|(minute, counted)| Op::Tally {
            at: *minute,
            tallies: counted.iter().map(tally).collect(),
        });
        match self.store().commit(job.collect()).await {
            Ok(_) => Ok(()),
            Err(error) => {
                if !matches!(error, mail_store::StoreError::Uncertain) {
                    self.counting().give_back(minutes);
                }
                Err(error.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_is_kept_for_an_hour() {
        let counting = Counting::default();
        let start = Timestamp::constant(1_795_842_000, 0);
        for minute in 0..90 {
            let now = start + SignedDuration::from_mins(minute);
            counting.add(now, ACCEPTED, Amount::More(1));
            counting.give_back(counting.take(now));
        }
        let kept = counting.pending();
        assert_eq!(kept.len(), 60);
        let latest = start + SignedDuration::from_mins(30);
        assert_eq!(kept.keys().next(), Some(&latest));
        for counted in kept.values() {
            assert!(matches!(counted.get(ACCEPTED), Some(Amount::More(1))));
        }
    }
}
