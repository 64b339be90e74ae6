//! The clock and the randomness that domain code is handed, and the time zone by which people read the clock.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rand::Rng;
use uuid::Uuid;

/// The time, handed to domain code so that expiry, retries and token windows are tested without
/// waiting.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// What clocks in the United Kingdom show: for days and times that people type or read.
pub fn uk_time_zone() -> TimeZone {
    TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC)
}

/// Randomness, handed to domain code so that ids are repeatable in tests.
pub trait Randomness: Send + Sync {
    /// Fills the whole slice.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The machine's cryptographic random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}

/// A version 4 UUID from the given randomness.
pub fn uuid_v4(randomness: &dyn Randomness) -> Uuid {
    let mut bytes = [0u8; 16];
    randomness.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
