//! One check of a message at a time for each user: a check may take seconds of a processor.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whose message is being checked.
#[derive(Clone, Default)]
pub(super) struct Checks(Arc<Mutex<HashSet<String>>>);

/// A user's turn, given back when dropped.
pub(super) struct Turn {
    checks: Checks,
    user: String,
}

impl Checks {
    /// A turn for this user; none while they have one.
    pub(super) fn start(&self, user: &str) -> Option<Turn> {
        self.lock().insert(user.to_owned()).then(|| Turn {
            checks: self.clone(),
            user: user.to_owned(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        // A name is in or out, whoever panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.checks.lock().remove(&self.user);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_one_turn_and_others_have_theirs() {
        let checks = Checks::default();
        let first = checks.start("clara").unwrap();
        assert!(checks.start("clara").is_none());
        assert!(checks.start("adam").is_some());
        drop(first);
        assert!(checks.start("clara").is_some());
    }
}
