//! When bodies are looked through for those no record names. Listing costs what it lists: everything
//! once a day, and once an hour the days that came of age since.

use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use object_store::path::Path as ObjectPath;
use parking_lot::Mutex;

use crate::StoreError;
use crate::bodies::{Bodies, day_of};
use crate::contract::backend::Upkeep;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Looked at twice, so that no body falls between two looks.
const SLACK: SignedDuration = SignedDuration::from_mins(2);

/// What was looked at so far. Times are those before which a body counts as an orphan.
#[derive(Default)]
pub(crate) struct Sweep {
    looked: Mutex<Looked>,
    /// Keys let go of whose bodies could not be deleted.
    left: Mutex<Vec<String>>,
}

#[derive(Default, Clone, Copy)]
struct Looked {
    last: Option<Timestamp>,
    at_everything: Option<Timestamp>,
}

impl Sweep {
    /// Deletes bodies that were let go of, and those left of before; one that cannot be deleted keeps no
    /// other. Returns how many.
    pub(crate) async fn released(
        &self,
        bodies: &Bodies,
        released: Vec<String>,
    ) -> Result<u64, StoreError> {
        let mut keys = std::mem::take(&mut *self.left.lock());
        keys.extend(released);
        let (mut deleted, mut left, mut failed) = (0, Vec::new(), None);
        for key in keys {
            match bodies.delete(&key).await {
                Ok(()) => deleted += 1,
                Err(error) => {
                    left.push(key);
                    failed = failed.or(Some(error));
                }
            }
        }
        self.left.lock().extend(left);
        failed.map_or(Ok(deleted), Err)
    }

    /// Keys of bodies last written before a time that no record names, if it is time to look.
    pub(crate) async fn orphans(
        &self,
        bodies: &Bodies,
        records: &dyn Upkeep,
        before: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let looked = *self.looked.lock();
        if !is_past(looked.last, HOUR, before) {
            return Ok(Vec::new());
        }
        let until = later(before, DAY);
        let everything = is_past(looked.at_everything, DAY, before)
            && records.claim_full_sweep(before, until).await?;
        // who is not to look at everything follows somebody who did, less than a day ago
        let since = earlier(
            looked
                .last
                .max(Some(earlier(before, DAY)))
                .unwrap_or(before),
            SLACK,
        );
        let mut old = Vec::new();
        if everything {
            old.extend(written(bodies, None, Timestamp::MIN, before).await?);
        } else {
            for day in days(earlier(since, DAY), later(before, SLACK)) {
                old.extend(written(bodies, Some(&day), since, before).await?);
            }
        }
        let orphans = records.unreferenced(old).await?;
        *self.looked.lock() = Looked {
            last: Some(before),
            at_everything: if everything {
                Some(before)
            } else {
                looked.at_everything
            },
        };
        Ok(orphans)
    }
}

fn is_past(last: Option<Timestamp>, period: SignedDuration, now: Timestamp) -> bool {
    last.is_none_or(|last| now >= later(last, period))
}

fn earlier(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_sub(by).unwrap_or(Timestamp::MIN)
}

fn later(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// The directories of the days from one time to another. A body lies in that of the day it was begun
/// on, which may be the one before it was written.
fn days(from: Timestamp, to: Timestamp) -> BTreeSet<ObjectPath> {
    let next = |day: &Timestamp| (*day < to).then(|| later(*day, DAY).min(to));
    std::iter::successors(Some(from), next)
        .map(day_of)
        .collect()
}

/// Keys of bodies last written in a time, all or those of a day.
async fn written(
    bodies: &Bodies,
    day: Option<&ObjectPath>,
    since: Timestamp,
    before: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let mut found = bodies.objects.list(day);
    let mut keys = Vec::new();
    while let Some(meta) = found.try_next().await? {
        let at = meta.last_modified.timestamp();
        if at >= since.as_second() && at < before.as_second() {
            keys.push(meta.location.to_string());
        }
    }
    Ok(keys)
}
