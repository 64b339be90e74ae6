//! What people do with the tasks of the workflow inbox. Every step is written into the task's
//! history in its own transaction, with the user who took it.

use rusqlite::Transaction;

use crate::inner::Inner;
use crate::store::task_steps::{self, NewStep};
use crate::store::tasks;
use crate::{Event, PracticeError, TaskId, TaskState};

/// The longest note or reason, in characters.
const LONGEST_NOTE: usize = 4_000;

const NOT_OPEN: PracticeError =
    PracticeError::Task("it was filed, returned or archived in the meantime");

/// What somebody does with a task.
pub(crate) enum Work {
    /// Gives it to a user, or to nobody.
    Assign(Option<String>),
    /// Writes something down.
    Note(String),
    /// Files the document to the patient's record.
    File,
    /// Returns it for a reason.
    Return(String),
    /// Takes it up again.
    Reopen,
}

/// Does the work and writes it down.
pub(crate) fn work(
    inner: &Inner,
    id: TaskId,
    work: &Work,
    who: Option<&str>,
) -> Result<(), PracticeError> {
    inner.store.write(|transaction| {
        if tasks::one(transaction, id)?.is_none() {
            return Err(PracticeError::Task("it is not known here"));
        }
        let (what, note) = apply(transaction, id, work)?;
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

/// Changes the task, and tells what to write into its history.
fn apply<'a>(
    transaction: &Transaction<'_>,
    id: TaskId,
    work: &'a Work,
) -> Result<(String, Option<&'a str>), PracticeError> {
    let move_on = |from: &[TaskState], to, reason| {
        tasks::set_state(transaction, id, from, to, reason)?
            .then_some(())
            .ok_or(NOT_OPEN)
    };
    match work {
        Work::Assign(to) => {
            if !tasks::assign(transaction, id, to.as_deref())? {
                return Err(NOT_OPEN);
            }
            let what = match to {
                Some(user) => format!("Assigned to {user}"),
                None => "Assigned to nobody".to_owned(),
            };
            Ok((what, None))
        }
        Work::Note(note) => Ok(("Note".to_owned(), Some(written(note)?))),
        Work::File => {
            move_on(&[TaskState::Open], TaskState::Filed, None)?;
            Ok(("Filed to the record".to_owned(), None))
        }
        Work::Return(reason) => {
            let reason = written(reason)?;
            move_on(&[TaskState::Open], TaskState::Returned, Some(reason))?;
            Ok(("Returned".to_owned(), Some(reason)))
        }
        Work::Reopen => {
            let closed = [TaskState::Filed, TaskState::Returned];
            move_on(&closed, TaskState::Open, None)
                .map_err(|_| PracticeError::Task("it is neither filed nor returned"))?;
            Ok(("Reopened".to_owned(), None))
        }
    }
}

fn written(text: &str) -> Result<&str, PracticeError> {
    let text = text.trim();
    if text.is_empty() {
        Err(PracticeError::Task("a note or reason must say something"))
    } else if text.chars().count() > LONGEST_NOTE {
        Err(PracticeError::Task(
            "a note or reason is 4000 characters at most",
        ))
    } else {
        Ok(text)
    }
}
