//! What callers and pages read of the inbox besides its list.

use jiff::Timestamp;

use super::{Store, habits, inbox, tallies, task_acts, tasks};
use crate::{InboxHabits, InboxQuery, InboxTallies, PracticeError, Task, TaskId};

impl Store {
    /// How many letters wait, and of which kinds: those of `user` are told apart, and those received before
    /// `old`.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn inbox_tallies(&self, user: &str, old: Timestamp) -> Result<InboxTallies, PracticeError> {
        self.read(|connection| tallies::of(connection, user, old))
    }

    /// How many tasks a query finds, whatever its page.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn inbox_total(&self, query: &InboxQuery) -> Result<u64, PracticeError> {
        self.read(|connection| inbox::total(connection, query))
    }

    /// How a user has the inbox.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn inbox_habits(&self, user: &str) -> Result<InboxHabits, PracticeError> {
        self.read(|connection| habits::of(connection, user))
    }

    /// These tasks, as far as they are there, in this order.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn these_tasks(&self, ids: &[TaskId]) -> Result<Vec<Task>, PracticeError> {
        self.read(|connection| {
            let found = ids.iter().map(|id| tasks::by_id(connection, *id));
            found.filter_map(Result::transpose).collect()
        })
    }

    /// Which tasks of an act can still be undone, by the user whose act it is.
    ///
    /// # Errors
    /// The records cannot be read.
    pub fn tasks_to_undo(&self, act: i64, user: &str) -> Result<Vec<TaskId>, PracticeError> {
        let undoings = self.read(|connection| task_acts::to_undo(connection, act, Some(user)))?;
        Ok(undoings.into_iter().map(|(id, _)| id).collect())
    }
}
