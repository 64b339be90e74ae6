//! How many lines of the security log people without a session may cause, so that nobody fills the
//! disk with wrong passwords.

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use super::session::later;

/// Lines at once; then one a second.
const AT_ONCE: i64 = 300;

/// A bucket of lines. What does not fit is counted and noted with the next that does.
#[derive(Default)]
pub(super) struct Strangers {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When the bucket is full again.
    full_at: Option<Timestamp>,
    left_out: u64,
}

impl Strangers {
    /// Whether one more line may be written, and how many were not since the last one.
    pub(super) fn may(&self, now: Timestamp) -> Option<u64> {
        let mut state = self.state.lock();
        let full_at = state
            .full_at
            .filter(|full_at| *full_at > now)
            .unwrap_or(now);
        if full_at.duration_since(now) >= SignedDuration::from_secs(AT_ONCE) {
            state.left_out += 1;
            return None;
        }
        state.full_at = Some(later(full_at, SignedDuration::from_secs(1)));
        Some(std::mem::take(&mut state.left_out))
    }
}
