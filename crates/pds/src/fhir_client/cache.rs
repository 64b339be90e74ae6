//! Answers of PDS kept for some minutes.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use nhs::Randomness;
use parking_lot::Mutex;
use ring::hmac;

use crate::{Trace, TraceQuery};

/// The most answers kept.
const LIMIT: usize = 20_000;

/// Answers of the last minutes, under keyed hashes: memory holds no patient's details.
pub(super) struct Cache {
    key: hmac::Key,
    keep: SignedDuration,
    kept: Mutex<HashMap<[u8; 32], (Trace, Timestamp)>>,
}

impl Cache {
    pub(super) fn new(keep_seconds: u32, randomness: &dyn Randomness) -> Self {
        let mut key = [0; 32];
        randomness.fill(&mut key);
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            keep: SignedDuration::from_secs(keep_seconds.into()),
            kept: Mutex::default(),
        }
    }

    pub(super) fn key(&self, query: &TraceQuery) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&query.nhs_number.value().to_le_bytes());
        context.update(query.date_of_birth.iso().as_bytes());
        context.update(query.family_name.key().as_bytes());
        let mut key = [0; 32];
        key.iter_mut()
            .zip(context.sign().as_ref())
            .for_each(|(to, from)| *to = *from);
        key
    }

    pub(super) fn get(&self, key: &[u8; 32], now: Timestamp) -> Option<Trace> {
        let kept = self.kept.lock();
        kept.get(key)
            .filter(|(_, until)| now < *until)
            .map(|(trace, _)| trace.clone())
    }

    pub(super) fn put(&self, key: [u8; 32], trace: &Trace, now: Timestamp) {
        let mut kept = self.kept.lock();
        if kept.len() >= LIMIT {
            kept.retain(|_, (_, until)| now < *until);
        }
        if kept.len() < LIMIT
            && !self.keep.is_zero()
            && let Ok(until) = now.checked_add(self.keep)
        {
            kept.insert(key, (trace.clone(), until));
        }
    }
}
