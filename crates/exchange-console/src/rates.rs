//! Counts of the last hour, minute by minute.

use std::collections::BTreeMap;

use jiff::Timestamp;
use journey::{Event, Step};

/// Minutes remembered.
const MINUTES: i64 = 60;
/// Delivery times kept of one minute: enough for percentiles, bounded under load.
const SAMPLES: usize = 2_000;

/// What happened in one minute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Minute {
    /// Minutes since 1970.
    pub(crate) number: i64,
    pub(crate) accepted: u64,
    pub(crate) delivered: u64,
    pub(crate) acknowledged: u64,
    pub(crate) failed: u64,
    /// Milliseconds from accepted to delivered.
    delivery: Vec<u64>,
}

impl Minute {
    /// When it began.
    pub(crate) fn began(&self) -> Timestamp {
        Timestamp::from_second(self.number.saturating_mul(60)).unwrap_or_default()
    }

    /// Milliseconds from acceptance to delivery that `percent` of a hundred messages stay below.
    pub(crate) fn delivery_percentile(&self, percent: usize) -> Option<u64> {
        let mut sorted = self.delivery.clone();
        sorted.sort_unstable();
        let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(place).copied()
    }
}

/// Counts of the last hour.
#[derive(Default)]
pub(crate) struct Rates {
    minutes: BTreeMap<i64, Minute>,
}

impl Rates {
    pub(crate) fn count(&mut self, step: &Step) {
        let minute = self.minute(step.at);
        match step.event {
            Event::Accepted { .. } => minute.accepted += 1,
            Event::Delivered { .. } => minute.delivered += 1,
            Event::Acknowledged { .. } => minute.acknowledged += 1,
            Event::Reported { .. } | Event::Expired { .. } => minute.failed += 1,
            _ => {}
        }
    }

    pub(crate) fn delivered_after(&mut self, at: Timestamp, accepted: Timestamp) {
        let milliseconds = at.duration_since(accepted).as_millis();
        let minute = self.minute(at);
        if minute.delivery.len() < SAMPLES {
            let milliseconds = u64::try_from(milliseconds).unwrap_or_default();
            minute.delivery.push(milliseconds);
        }
    }

    fn minute(&mut self, at: Timestamp) -> &mut Minute {
        let number = number(at);
        self.minutes
            .retain(|kept, _| *kept > number.saturating_sub(MINUTES));
        self.minutes.entry(number).or_insert(Minute {
            number,
            ..Minute::default()
        })
    }

    /// The last hour with its empty minutes, the present one last.
    pub(crate) fn minutes(&self, now: Timestamp) -> Vec<Minute> {
        let last = number(now);
        (last - MINUTES + 1..=last)
            .map(|number| {
                self.minutes.get(&number).cloned().unwrap_or(Minute {
                    number,
                    ..Minute::default()
                })
            })
            .collect()
    }
}

fn number(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}
