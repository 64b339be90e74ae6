//! A list asked for by a program: how much of it one answer holds, and waiting until there is something.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, timeout_at};

use crate::sandbox::state::{Sandbox, SandboxError};

/// Seconds that a program may wait.
const LONGEST_WAIT: u64 = 60;
/// Entries in an answer, unless more are asked for.
const USUAL_LIMIT: usize = 100;

/// How many entries an answer holds at most.
///
/// # Errors
/// [`SandboxError::Invalid`] for none, and for more than are kept.
pub(super) fn limit(asked: Option<usize>, most: usize) -> Result<usize, SandboxError> {
    match asked.unwrap_or(USUAL_LIMIT) {
        limit if (1..=most).contains(&limit) => Ok(limit),
        _ => Err(SandboxError::Invalid(format!("limit has 1 to {most}"))),
    }
}

/// A program that waits until there is something for it.
pub(super) struct Waiting {
    changes: watch::Receiver<u64>,
    until: Option<Instant>,
    waiters: Arc<Semaphore>,
    place: Option<OwnedSemaphorePermit>,
}

impl Waiting {
    /// Begun before the first look, so that nothing comes unseen between the two.
    ///
    /// # Errors
    /// [`SandboxError::Invalid`] for longer than a program may wait.
    pub(super) fn begin(sandbox: &Sandbox, seconds: u64) -> Result<Self, SandboxError> {
        if seconds > LONGEST_WAIT {
            let what = format!("wait has 0 to {LONGEST_WAIT} seconds");
            return Err(SandboxError::Invalid(what));
        }
        Ok(Self {
            changes: sandbox.recorder().changes(),
            until: (seconds > 0).then(|| Instant::now() + Duration::from_secs(seconds)),
            waiters: Arc::clone(sandbox.waiters()),
            place: None,
        })
    }

    /// Waits for the next change; tells whether to look again, or the time is over.
    ///
    /// # Errors
    /// [`SandboxError::Busy`] while too many wait.
    pub(super) async fn goes_on(&mut self) -> Result<bool, SandboxError> {
        let Some(until) = self.until else {
            return Ok(false);
        };
        if self.place.is_none() {
            let place = Arc::clone(&self.waiters).try_acquire_owned();
            self.place = Some(place.map_err(|_| SandboxError::Busy)?);
        }
        Ok(matches!(
            timeout_at(until, self.changes.changed()).await,
            Ok(Ok(()))
        ))
    }
}

/// The part of a list, the latest first, that one answer holds: its latest, or of what came after something known its
/// oldest, so that whoever asks with `next_after` again misses none.
pub(super) fn page<T>(found: &[T], limit: usize, is_continued: bool) -> &[T] {
    let most = limit.min(found.len());
    let (latest, oldest) = (found.split_at(most).0, found.split_at(found.len() - most).1);
    if is_continued { oldest } else { latest }
}
