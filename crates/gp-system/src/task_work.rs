//! What people do with the tasks of the workflow inbox. Every step is written into the task's
//! history in its own transaction, with the user who took it.

use rusqlite::Transaction;

use crate::inner::Inner;
use crate::store::task_steps::{self, NewStep};
use crate::store::tasks;
use crate::{Event, PracticeError, Task, TaskId, TaskState};

/// The longest note or reason, in characters.
const LONGEST_NOTE: usize = 4_000;

pub(crate) const NOT_OPEN: PracticeError =
    PracticeError::Changed("the task was filed, returned or archived");

/// What somebody does with a task. Texts may be patient data.
#[derive(Clone)]
pub enum TaskWork {
    /// Gives an open task to a user, or to nobody.
    Assign(Option<String>),
    /// Writes something into its history.
    Note(String),
    /// Files an open task's document to the patient's record.
    File {
        /// Whether a person compared letter and list and says that it is this patient's. Without it, only
        /// a letter whose patient matches is filed.
        confirmed: bool,
    },
    /// Returns an open task for a reason. No message goes out: Send Document has none for it, and
    /// the acknowledgements are given already.
    Return(String),
    /// Takes up again what was filed or returned.
    Reopen,
}

impl TaskWork {
    /// Whether it decides what becomes of a document as a whole.
    fn decides(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Return(_) | Self::Reopen)
    }
}

/// Does the work and writes it down.
pub(crate) fn work(
    inner: &Inner,
    id: TaskId,
    work: &TaskWork,
    who: Option<&str>,
) -> Result<(), PracticeError> {
    inner.store.write(|transaction| {
        let task = tasks::by_id(transaction, id)?.ok_or(PracticeError::NotFound("task"))?;
        if task.needs_review && work.decides() {
            return Err(PracticeError::NeedsReview);
        }
        let differs = match work {
            TaskWork::File { confirmed } if task.state == TaskState::Open => {
                may_be_filed(inner, &task, *confirmed)?
            }
            _ => None,
        };
        let (what, note) = apply(transaction, id, work)?;
        let what = differs.map_or(what.clone(), |differs| {
            format!("{what}; after comparing: {differs}")
        });
        let step = NewStep {
            at: inner.now(),
            who,
            what: &what,
            note,
        };
        task_steps::add(transaction, id, &step)
    })?;
    inner.tell([Event::TaskChanged { task: id }]);
    Ok(())
}

/// Whether the patient matches, or a person says that it is they; then gives what they looked at, in words
/// without patient data. The list is compared now, as it may have changed since the letter came.
pub(crate) fn may_be_filed(
    inner: &Inner,
    task: &Task,
    confirmed: bool,
) -> Result<Option<String>, PracticeError> {
    let compared = inner.match_of_task(task);
    match (compared.is_full(), confirmed) {
        (true, _) => Ok(None),
        (false, true) => Ok(Some(compared.words())),
        (false, false) => Err(PracticeError::PatientNotMatched(compared.words())),
    }
}

/// Changes the task, and tells what to write into its history.
fn apply<'a>(
    transaction: &Transaction<'_>,
    id: TaskId,
    work: &'a TaskWork,
) -> Result<(String, Option<&'a str>), PracticeError> {
    let move_on = |from: &[TaskState], to, reason| {
        tasks::set_state(transaction, id, from, to, reason)?
            .then_some(())
            .ok_or(NOT_OPEN)
    };
    match work {
        TaskWork::Assign(to) => {
            if !tasks::assign(transaction, id, to.as_deref())? {
                return Err(NOT_OPEN);
            }
            let what = match to {
                Some(user) => format!("Assigned to {user}"),
                None => "Assigned to nobody".to_owned(),
            };
            Ok((what, None))
        }
        TaskWork::Note(note) => Ok(("Note".to_owned(), Some(written(note)?))),
        TaskWork::File { .. } => {
            move_on(&[TaskState::Open], TaskState::Filed, None)?;
            Ok(("Filed to the record".to_owned(), None))
        }
        TaskWork::Return(reason) => {
            let reason = written(reason)?;
            move_on(&[TaskState::Open], TaskState::Returned, Some(reason))?;
            Ok(("Returned".to_owned(), Some(reason)))
        }
        TaskWork::Reopen => {
            let closed = [TaskState::Filed, TaskState::Returned];
            move_on(&closed, TaskState::Open, None)
                .map_err(|_| PracticeError::Changed("the task is neither filed nor returned"))?;
            Ok(("Reopened".to_owned(), None))
        }
    }
}

pub(crate) fn written(text: &str) -> Result<&str, PracticeError> {
    let text = text.trim();
    if text.is_empty() {
        Err(PracticeError::Note("a note or reason that is not empty"))
    } else if text.chars().count() > LONGEST_NOTE {
        Err(PracticeError::Note(
            "a note or reason of 4000 characters at most",
        ))
    } else {
        Ok(text)
    }
}
