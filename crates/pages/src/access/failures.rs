//! How often somebody may try to sign in. A stranger's tries count against a name from where they
//! come, so that nobody shuts out others; a device that signed in before counts for itself alone.

use std::collections::HashMap;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use super::device::DeviceId;
use super::session::later;
use crate::source::Source;

/// Failures are forgotten when nothing was tried for this long.
const FORGET: SignedDuration = SignedDuration::from_hours(1);
/// Names, addresses and devices remembered, at most; beyond it the oldest go.
const MOST: usize = 20_000;

/// Wrong tries in a row before one has to wait, the first wait, and the longest: each further wrong
/// try doubles it.
struct Patience {
    free: u32,
    first: i64,
    longest: i64,
}

/// One name from one address, or from one known device.
const GUESSING: Patience = Patience {
    free: 5,
    first: 30,
    longest: 15 * 60,
};
/// One address with whatever names: slowed down only, as a whole practice may stand behind it.
const TRYING_NAMES: Patience = Patience {
    free: 20,
    first: 1,
    longest: 5,
};
/// One name from all addresses together; known devices are not affected.
const FROM_EVERYWHERE: Patience = Patience {
    free: 100,
    first: 30,
    longest: 15 * 60,
};

#[derive(Clone, PartialEq, Eq, Hash)]
enum Who {
    NameAt(String, Option<IpAddr>),
    Address(Option<IpAddr>),
    Name(String),
    Device(DeviceId),
}

impl Who {
    fn patience(&self) -> &'static Patience {
        match self {
            Self::NameAt(..) | Self::Device(_) => &GUESSING,
            Self::Address(_) => &TRYING_NAMES,
            Self::Name(_) => &FROM_EVERYWHERE,
        }
    }
}

/// A try, as it is counted.
pub(super) struct Try {
    counted: Vec<Who>,
}

/// That a try is not even looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    /// Seconds until the next is heard.
    pub(super) seconds: i64,
    /// Whether nobody was told so since the last try that was looked at.
    pub(super) is_new: bool,
}

struct Record {
    tries: u32,
    last: Timestamp,
    told: bool,
}

/// Counts wrong sign-ins. A name nobody has is counted like one that exists.
#[derive(Default)]
pub(super) struct Failures {
    records: Mutex<HashMap<Who, Record>>,
}

impl Failures {
    /// Counts a try, before it is known whether it is right, so that many at once are no way
    /// round. `device` is one that signed in by this name before.
    pub(super) fn begin(
        &self,
        name: &str,
        source: Source,
        device: Option<DeviceId>,
        now: Timestamp,
    ) -> Result<Try, Wait> {
        let counted = match device {
            Some(device) => vec![Who::Device(device)],
            None => vec![
                Who::NameAt(name.to_owned(), source.counted()),
                Who::Address(source.counted()),
                Who::Name(name.to_owned()),
            ],
        };
        let mut records = self.records.lock();
        let waits = counted
            .iter()
            .filter_map(|who| Some((who, records.get(who)?.wait(who.patience(), now)?)));
        if let Some((who, seconds)) = waits.max_by_key(|(_, seconds)| *seconds) {
            let told = records
                .get_mut(who)
                .map(|record| std::mem::replace(&mut record.told, true));
            return Err(Wait {
                seconds,
                is_new: told == Some(false),
            });
        }
        make_room(&mut records, counted.len(), now);
        for who in &counted {
            let record = records.entry(who.clone()).or_insert(Record {
                tries: 0,
                last: now,
                told: false,
            });
            if now >= later(record.last, FORGET) {
                record.tries = 0;
            }
            record.tries = record.tries.saturating_add(1);
            record.last = now;
            record.told = false;
        }
        Ok(Try { counted })
    }

    /// The try was not looked at after all: nobody is charged for it.
    pub(super) fn withdraw(&self, tried: &Try) {
        let mut records = self.records.lock();
        for who in &tried.counted {
            if let Some(record) = records.get_mut(who) {
                record.tries = record.tries.saturating_sub(1);
            }
        }
    }

    /// The try was right: the name starts anew from there, and nothing else is charged for it.
    pub(super) fn succeeded(&self, tried: &Try) {
        self.withdraw(tried);
        let mut records = self.records.lock();
        for who in &tried.counted {
            if matches!(who, Who::NameAt(..) | Who::Device(_)) {
                records.remove(who);
            }
        }
    }
}

/// Room for some more: what is old is forgotten, and the oldest beyond that.
fn make_room(records: &mut HashMap<Who, Record>, more: usize, now: Timestamp) {
    if records.len() + more <= MOST {
        return;
    }
    records.retain(|_, record| now < later(record.last, FORGET));
    // A tenth at once: looking for the oldest at each try would cost as much as the tries are many.
    if records.len() + more > MOST {
        let mut times: Vec<Timestamp> = records.values().map(|record| record.last).collect();
        let (_, until, _) = times.select_nth_unstable(MOST / 10);
        let until = *until;
        records.retain(|_, record| record.last > until);
    }
}

impl Record {
    fn wait(&self, patience: &Patience, now: Timestamp) -> Option<i64> {
        if now >= later(self.last, FORGET) {
            return None;
        }
        let beyond = self.tries.checked_sub(patience.free)?;
        let seconds = patience
            .first
            .saturating_mul(1_i64.checked_shl(beyond.min(16)).unwrap_or(i64::MAX))
            .min(patience.longest);
        let until = later(self.last, SignedDuration::from_secs(seconds));
        let left = until.duration_since(now).as_secs();
        (left > 0).then_some(left)
    }
}
