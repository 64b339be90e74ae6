//! What people do with the tasks of the workflow inbox. Every step is written into the task's
//! history in its own transaction, with the user who took it.

use rusqlite::Transaction;

use crate::inner::Inner;
use crate::store::task_acts;
use crate::store::task_steps::{self, NewStep, StepOfAct};
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

/// What was done at once with one task or many.
#[derive(Debug)]
pub struct TaskAct {
    /// Its number, by which it is undone.
    pub number: i64,
    /// With which tasks it was done.
    pub done: Vec<TaskId>,
    /// With which it could not be done, and why: nothing was changed of them.
    pub left: Vec<(TaskId, PracticeError)>,
}

/// Does the work and writes it down; gives the number of the act.
pub(crate) fn work(
    inner: &Inner,
    id: TaskId,
    work: &TaskWork,
    who: Option<&str>,
) -> Result<i64, PracticeError> {
    let act = inner.store.write(|transaction| {
        let act = task_acts::next(transaction)?;
        work_within(inner, transaction, id, work, (who, act))?;
        // Whoever works on one letter has it before them.
        tasks::open(transaction, id, inner.now())?;
        Ok(act)
    })?;
    inner.tell([Event::TaskChanged { task: id }]);
    Ok(act)
}

/// Does the same with several tasks, as one act, on disk in one go.
pub(crate) fn work_on_all(
    inner: &Inner,
    ids: &[TaskId],
    work: &TaskWork,
    who: Option<&str>,
) -> Result<TaskAct, PracticeError> {
    let act = inner.store.write(|transaction| {
        let number = task_acts::next(transaction)?;
        let (mut done, mut left) = (Vec::new(), Vec::new());
        for id in ids {
            let worked = may_be_one_of_many(transaction, *id, work)
                .and_then(|()| work_within(inner, transaction, *id, work, (who, number)));
            match worked {
                Ok(()) => done.push(*id),
                Err(error) if error.changed_nothing() => left.push((*id, error)),
                Err(error) => return Err(error),
            }
        }
        Ok(TaskAct { number, done, left })
    })?;
    inner.tell(
        act.done
            .iter()
            .map(|task| Event::TaskChanged { task: *task }),
    );
    Ok(act)
}

/// Several letters are filed at once only when somebody read each of them.
fn may_be_one_of_many(
    transaction: &Transaction<'_>,
    id: TaskId,
    work: &TaskWork,
) -> Result<(), PracticeError> {
    if !matches!(work, TaskWork::File { .. }) {
        return Ok(());
    }
    let task = tasks::by_id(transaction, id)?.ok_or(PracticeError::NotFound("task"))?;
    task.opened_at.map(|_| ()).ok_or(PracticeError::Unread)
}

/// Takes an act of this user back, as far as nothing else was done with its tasks since.
pub(crate) fn undo(
    inner: &Inner,
    act: i64,
    who: Option<&str>,
) -> Result<Vec<TaskId>, PracticeError> {
    let undone = inner.store.write(|transaction| {
        let undoings = task_acts::to_undo(transaction, act, who)?;
        for (id, undoing) in &undoings {
            let what = task_acts::undo(transaction, *id, undoing)?;
            let step = NewStep {
                at: inner.now(),
                who,
                what: &what,
                note: None,
            };
            task_steps::add(transaction, *id, &step)?;
        }
        Ok(undoings.into_iter().map(|(id, _)| id).collect::<Vec<_>>())
    })?;
    inner.tell(undone.iter().map(|task| Event::TaskChanged { task: *task }));
    Ok(undone)
}

/// Notes that somebody who works on letters opened it.
pub(crate) fn open(inner: &Inner, id: TaskId) -> Result<(), PracticeError> {
    let look = |connection: &_| tasks::by_id(connection, id);
    if inner
        .store
        .read(look)?
        .is_none_or(|task| task.opened_at.is_some())
    {
        return Ok(());
    }
    let at = inner.now();
    if inner
        .store
        .write(|transaction| tasks::open(transaction, id, at))?
    {
        inner.tell([Event::TaskChanged { task: id }]);
    }
    Ok(())
}

fn work_within(
    inner: &Inner,
    transaction: &Transaction<'_>,
    id: TaskId,
    work: &TaskWork,
    (who, act): (Option<&str>, i64),
) -> Result<(), PracticeError> {
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
    let of = StepOfAct {
        act,
        before: task.assigned_to.as_deref(),
    };
    task_steps::add_of(transaction, id, &step, Some(&of))
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
