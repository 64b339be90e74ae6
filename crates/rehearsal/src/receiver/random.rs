//! Randomness that comes again with the same seed.

use std::sync::atomic::{AtomicU64, Ordering};

use nhs::Randomness;
use sha2::{Digest, Sha256};

/// Bytes that only a seed and a label decide: those of one message do not depend on which others are made.
pub(super) struct Seeded {
    key: [u8; 32],
    count: AtomicU64,
}

impl Seeded {
    /// Of a seed and what it is for.
    pub(super) fn of(seed: u64, label: &[&str]) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_be_bytes());
        for part in label {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        Self {
            key: hash.finalize().into(),
            count: AtomicU64::new(0),
        }
    }

    /// One of a list; none of an empty one.
    pub(super) fn pick<'a, T>(&self, list: &'a [T]) -> Option<&'a T> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        let length = u64::try_from(list.len())
            .ok()
            .filter(|length| *length > 0)?;
        let place = u64::from_be_bytes(bytes).checked_rem(length)?;
        list.get(usize::try_from(place).ok()?)
    }
}

impl Randomness for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for block in bytes.chunks_mut(32) {
            let count = self.count.fetch_add(1, Ordering::Relaxed);
            let mut hash = Sha256::new();
            hash.update(self.key);
            hash.update(count.to_be_bytes());
            let made: [u8; 32] = hash.finalize().into();
            for (to, from) in block.iter_mut().zip(made) {
                *to = from;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_and_label_decide() {
        let bytes = |seed, label: &[&str]| {
            let mut bytes = [0; 40];
            Seeded::of(seed, label).fill(&mut bytes);
            bytes
        };
        assert_eq!(bytes(1, &["a", "b"]), bytes(1, &["a", "b"]));
        assert_ne!(bytes(1, &["a", "b"]), bytes(1, &["ab"]));
        assert_ne!(bytes(1, &["a"]), bytes(2, &["a"]));
        assert_eq!(Seeded::of(1, &[]).pick::<u8>(&[]), None);
    }
}
