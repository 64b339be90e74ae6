//! How often somebody may try to sign in: by name and by address.

use std::collections::HashMap;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use super::session::later;

/// Wrong tries in a row before one has to wait: by name, and by the address they come from.
const FREE_BY_NAME: u32 = 5;
const FREE_BY_ADDRESS: u32 = 20;
/// The first wait; each further wrong try doubles it up to the longest.
const FIRST_WAIT: i64 = 30;
const LONGEST_WAIT: i64 = 15 * 60;
/// Failures are forgotten when nothing was tried for this long.
const FORGET: SignedDuration = SignedDuration::from_hours(1);
/// Names and addresses remembered, at most; beyond it the oldest go.
const MOST: usize = 20_000;

/// Where a request comes from, as far as is known.
pub(crate) type Source = Option<IpAddr>;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Who {
    Name(String),
    Address(Source),
}

struct Record {
    tries: u32,
    last: Timestamp,
}

/// Counts wrong sign-ins. A name nobody has is counted like one that exists.
#[derive(Default)]
pub(super) struct Failures {
    records: Mutex<HashMap<Who, Record>>,
}

impl Failures {
    /// Counts a try, before it is known whether it is right, so that many at once are no way
    /// round. Returns the seconds to wait when it must not even be looked at.
    pub(super) fn begin(&self, name: &str, source: Source, now: Timestamp) -> Option<i64> {
        let mut records = self.records.lock();
        let limits = [
            (Who::Name(name.to_owned()), FREE_BY_NAME),
            (Who::Address(source), FREE_BY_ADDRESS),
        ];
        let wait = limits
            .iter()
            .filter_map(|(who, free)| records.get(who)?.wait(*free, now))
            .max();
        if wait.is_some() {
            return wait;
        }
        records.retain(|_, record| now < later(record.last, FORGET));
        if records.len() + limits.len() > MOST {
            let oldest = records.iter().min_by_key(|(_, record)| record.last);
            if let Some(oldest) = oldest.map(|(who, _)| who.clone()) {
                records.remove(&oldest);
            }
        }
        for (who, _) in limits {
            let record = records.entry(who).or_insert(Record {
                tries: 0,
                last: now,
            });
            record.tries = record.tries.saturating_add(1);
            record.last = now;
        }
        None
    }

    /// The last try was right: the name starts anew, the address is not charged for it.
    pub(super) fn succeeded(&self, name: &str, source: Source) {
        let mut records = self.records.lock();
        records.remove(&Who::Name(name.to_owned()));
        if let Some(record) = records.get_mut(&Who::Address(source)) {
            record.tries = record.tries.saturating_sub(1);
        }
    }
}

impl Record {
    fn wait(&self, free: u32, now: Timestamp) -> Option<i64> {
        let beyond = self.tries.checked_sub(free)?;
        let seconds = FIRST_WAIT
            .saturating_mul(1_i64.checked_shl(beyond.min(16)).unwrap_or(i64::MAX))
            .min(LONGEST_WAIT);
        let until = later(self.last, SignedDuration::from_secs(seconds));
        let left = until.duration_since(now).as_secs();
        (left > 0).then_some(left)
    }
}
