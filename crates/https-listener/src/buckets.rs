//! Token buckets: how much each of many callers may do, in bounded memory.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Callers remembered one by one, at most; those beyond share a bucket.
const MOST: usize = 20_000;

/// The least time between two looks for what can be forgotten: a look takes as long as all of it is.
const SWEEP: Duration = Duration::from_secs(1);

/// How many a bucket holds when full, and how many are put in while time goes by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// At once; at least 1.
    pub burst: u32,
    /// From then on; more than 0.
    pub per_second: f64,
}

/// A bucket for each key. Of a key nothing is remembered but the moment at which its bucket is full
/// again, and nothing at all once that has come.
pub struct Buckets<K> {
    /// No limit when there is none.
    pace: Option<Fill>,
    table: Mutex<Table<K>>,
}

#[derive(Clone, Copy)]
struct Fill {
    /// For one token.
    one: Duration,
    /// For all of them.
    all: Duration,
}

struct Table<K> {
    full_at: HashMap<K, Instant>,
    /// Of those for whom there is no room.
    others: Option<Instant>,
    swept: Option<Instant>,
}

impl<K: Eq + Hash + Clone> Buckets<K> {
    /// Every bucket full. A pace of nought per second, or none, is no limit.
    pub fn new(pace: Option<Pace>) -> Self {
        let pace = pace.filter(|pace| pace.per_second > 0.0).and_then(|pace| {
            let one = Duration::try_from_secs_f64(1.0 / pace.per_second).ok()?;
            let all = one.checked_mul(pace.burst.max(1))?;
            Some(Fill { one, all })
        });
        Self {
            pace,
            table: Mutex::new(Table {
                full_at: HashMap::new(),
                others: None,
                swept: None,
            }),
        }
    }

    /// Takes one out of the bucket of `key`.
    ///
    /// # Errors
    ///
    /// When it is empty: how long until there is one again.
    pub fn take(&self, key: &K, now: Instant) -> Result<(), Duration> {
        let Some(fill) = self.pace else { return Ok(()) };
        let mut table = self.table.lock();
        if let Some(full_at) = table.full_at.get_mut(key) {
            *full_at = fill.take(*full_at, now)?;
            return Ok(());
        }
        if table.full_at.len() >= MOST {
            table.sweep(now);
        }
        if table.full_at.len() >= MOST {
            let full_at = fill.take(table.others.unwrap_or(now), now)?;
            table.others = Some(full_at);
            return Ok(());
        }
        let full_at = fill.take(now, now)?;
        table.full_at.insert(key.clone(), full_at);
        Ok(())
    }

    /// How long until the bucket of `key` has one again; none when it has. Whoever shares the bucket of
    /// those for whom there is no room is not judged by what others did.
    pub fn wait(&self, key: &K, now: Instant) -> Option<Duration> {
        let fill = self.pace?;
        let full_at = *self.table.lock().full_at.get(key)?;
        fill.take(full_at, now).err()
    }
}

impl Fill {
    /// The moment at which a bucket is full once one more is taken out of it.
    fn take(self, full_at: Instant, now: Instant) -> Result<Instant, Duration> {
        let then = full_at.max(now) + self.one;
        let missing = then.saturating_duration_since(now);
        match missing.checked_sub(self.all) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => Ok(then),
        }
    }
}

impl<K> Table<K> {
    fn sweep(&mut self, now: Instant) {
        let lately = |swept: Instant| now.saturating_duration_since(swept) < SWEEP;
        if !self.swept.is_some_and(lately) {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.swept = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PACE: Pace = Pace {
        burst: 3,
        per_second: 2.0,
    };

    #[test]
    fn a_burst_passes_and_then_as_many_as_the_pace_says() {
        let buckets = Buckets::new(Some(PACE));
        let now = Instant::now();
        assert_eq!([(); 3].map(|()| buckets.take(&"a", now)), [Ok(()); 3]);
        let half = Duration::from_millis(500);
        assert_eq!(buckets.take(&"a", now), Err(half));
        assert_eq!(buckets.wait(&"a", now), Some(half));
        assert_eq!(buckets.take(&"b", now), Ok(()));
        assert_eq!(buckets.wait(&"b", now), None);
        assert_eq!(buckets.take(&"a", now + half), Ok(()));
        assert!(buckets.take(&"a", now + half).is_err());
        let later = now + Duration::from_secs(60);
        assert_eq!([(); 3].map(|()| buckets.take(&"a", later)), [Ok(()); 3]);
        assert!(buckets.take(&"a", later).is_err());
    }

    #[test]
    fn without_a_pace_there_is_no_limit() {
        let none = Pace {
            per_second: 0.0,
            ..PACE
        };
        for pace in [None, Some(none)] {
            let buckets = Buckets::new(pace);
            assert!((0..100).all(|_| buckets.take(&(), Instant::now()).is_ok()));
        }
    }

    #[test]
    fn ever_new_callers_take_no_more_room_and_shut_out_nobody_who_was_known() {
        let buckets = Buckets::new(Some(PACE));
        let now = Instant::now();
        let mut passed = 0;
        for caller in 0..3 * MOST {
            passed += usize::from(buckets.take(&caller, now).is_ok());
        }
        assert_eq!(buckets.table.lock().full_at.len(), MOST);
        // the strangers beyond share one bucket
        assert_eq!(passed, MOST + 3);
        assert_eq!(buckets.take(&0, now), Ok(()));
        assert_eq!(buckets.wait(&(3 * MOST), now), None);
        // and once the known ones are full again there is room
        let later = now + Duration::from_secs(10);
        assert_eq!(buckets.take(&(4 * MOST), later), Ok(()));
        assert_eq!(buckets.table.lock().full_at.len(), 1);
    }

    proptest! {
        #[test]
        fn never_more_than_the_burst_and_the_pace(gaps in prop::collection::vec(0u64..700, 1..200)) {
            let buckets = Buckets::new(Some(PACE));
            let begun = Instant::now();
            let (mut now, mut passed) = (begun, 0.0);
            for gap in gaps {
                now += Duration::from_millis(gap);
                passed += f64::from(u8::from(buckets.take(&(), now).is_ok()));
            }
            prop_assert!(passed <= 3.0 + (now - begun).as_secs_f64() * 2.0 + 1e-6);
        }
    }
}
