//! Removing what was kept long enough: rows first, in one durable step with the names of the files
//! that go with them; then the files; then their names. A crash in between leaves names, and the files
//! are removed at the next start: nothing is left that no record knows.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rusqlite::Transaction;

use crate::inner::Inner;
use crate::retention::Keep;
use crate::sending::drafting;
use crate::store::{drafts, removal};
use crate::{Event, PracticeError, Removed};

/// Between two looks for what is to be removed.
const BETWEEN: SignedDuration = SignedDuration::from_hours(1);
/// Removed of each kind in one look: the pass goes on soon, with a further look after it.
const MOST: u32 = 100;

/// Removes what is due, at most once an hour unless there is more. Tells whether there is more.
pub(crate) fn run(inner: &Inner) -> Result<bool, PracticeError> {
    let now = inner.now();
    let is_due = |last: Timestamp| now.duration_since(last) >= BETWEEN || now < last;
    if inner.tidied_at.lock().is_some_and(|last| !is_due(last)) {
        return Ok(false);
    }
    let due = Due::at(inner, now)?;
    let (removed, is_draft_removed) = inner.store.write(|transaction| {
        let is_draft_removed = drafts::remove_before(transaction, drafting::kept_since(now))?;
        Ok((due.remove(transaction, now)?, is_draft_removed))
    })?;
    remove_doomed(inner)?;
    if is_draft_removed || !removed.is_nothing() {
        inner.store.empty_log()?;
    }
    if !removed.is_nothing() {
        tracing::info!(%removed, "removed what was kept long enough");
        inner.tell([Event::Removed { removed }]);
    }
    let is_more = due.is_full();
    *inner.tidied_at.lock() = (!is_more).then_some(now);
    Ok(is_more)
}

/// Removes the files whose records are removed. Harmless to repeat.
pub(crate) fn remove_doomed(inner: &Inner) -> Result<(), PracticeError> {
    let doomed = inner.store.read(removal::doomed_files)?;
    if doomed.is_empty() {
        return Ok(());
    }
    inner.directories.remove_kept(&doomed)?;
    inner
        .store
        .write(|transaction| removal::forget_doomed(transaction))
}

/// What was kept long enough.
struct Due {
    tasks: Vec<String>,
    refused: Vec<String>,
    consultations: Vec<String>,
    answers: Vec<String>,
    /// Alerts dealt with before this go.
    alerts_before: Option<Timestamp>,
}

impl Due {
    fn at(inner: &Inner, now: Timestamp) -> Result<Self, PracticeError> {
        let kept = &inner.config.retention;
        let before = |keep: Keep| match keep {
            Keep::ForEver => None,
            Keep::Days(days) => now
                .checked_sub(SignedDuration::from_hours(24 * i64::from(days)))
                .ok(),
        };
        inner.store.read(|connection| {
            let tasks = before(kept.documents_days)
                .map(|limit| removal::closed_tasks(connection, limit, MOST));
            let refused = before(kept.refused_days)
                .map(|limit| removal::messages(connection, true, limit, MOST));
            let consultations = before(kept.consultations_days)
                .map(|limit| removal::consultations(connection, limit, MOST));
            let answers = before(kept.answers_days)
                .map(|limit| removal::messages(connection, false, limit, MOST));
            Ok(Self {
                tasks: tasks.transpose()?.unwrap_or_default(),
                refused: refused.transpose()?.unwrap_or_default(),
                consultations: consultations.transpose()?.unwrap_or_default(),
                answers: answers.transpose()?.unwrap_or_default(),
                alerts_before: before(kept.alerts_days),
            })
        })
    }

    fn is_full(&self) -> bool {
        let most = usize::try_from(MOST).unwrap_or(usize::MAX);
        [
            &self.tasks,
            &self.refused,
            &self.consultations,
            &self.answers,
        ]
        .iter()
        .any(|list| list.len() >= most)
    }

    fn remove(
        &self,
        transaction: &Transaction<'_>,
        now: Timestamp,
    ) -> Result<Removed, PracticeError> {
        let mut last_task = 0;
        for task in &self.tasks {
            last_task = last_task.max(removal::remove_task(transaction, task, now)?);
        }
        for message in self.refused.iter().chain(&self.answers) {
            removal::remove_message(transaction, message, now)?;
        }
        for consultation in &self.consultations {
            removal::remove_consultation(transaction, consultation)?;
        }
        let alerts = self.alerts_before;
        let alerts = alerts.map(|limit| removal::remove_alerts(transaction, limit));
        let count = |list: &Vec<String>| u32::try_from(list.len()).unwrap_or(u32::MAX);
        let removed = Removed {
            documents: count(&self.tasks),
            refused: count(&self.refused),
            consultations: count(&self.consultations),
            answers: count(&self.answers),
            alerts: alerts.transpose()?.unwrap_or_default(),
        };
        if !removed.is_nothing() {
            let day = now.to_zoned(TimeZone::UTC).date();
            removal::note(transaction, day, &removed, last_task)?;
        }
        Ok(removed)
    }
}
