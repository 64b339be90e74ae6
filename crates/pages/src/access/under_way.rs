//! How many sign-ins by the provider one address may have under way, so that nobody takes all places there are.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::source::Source;

/// Sign-ins of one address that wait for the provider at once.
const MOST: usize = 4;

type Counts = Arc<Mutex<HashMap<Option<IpAddr>, usize>>>;

/// The sign-ins under way, by address.
#[derive(Default)]
pub(super) struct UnderWay {
    counts: Counts,
}

/// A sign-in under way. It ends with the value.
pub(super) struct Turn {
    counts: Counts,
    address: Option<IpAddr>,
}

impl UnderWay {
    /// Begins one; `None` when this address has as many as it may.
    pub(super) fn begin(&self, source: Source) -> Option<Turn> {
        let address = source.counted();
        let mut counts = self.counts.lock();
        let count = counts.entry(address).or_default();
        if *count >= MOST {
            return None;
        }
        *count += 1;
        let counts = Arc::clone(&self.counts);
        Some(Turn { counts, address })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut counts = self.counts.lock();
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}
