//! The history of each task: who did what, and when.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::time;
use crate::{PracticeError, TaskId, TaskStep};

/// What happened to a task. `who` is nobody when the system did it itself.
pub(crate) struct NewStep<'a> {
    pub(crate) at: Timestamp,
    pub(crate) who: Option<&'a str>,
    pub(crate) what: &'a str,
    pub(crate) note: Option<&'a str>,
}

/// What was done at once, so that it can be undone.
pub(crate) struct StepOfAct<'a> {
    pub(crate) act: i64,
    /// To whom the task was assigned until then.
    pub(crate) before: Option<&'a str>,
}

pub(crate) fn add(
    connection: &Connection,
    task: TaskId,
    step: &NewStep<'_>,
) -> Result<(), PracticeError> {
    add_of(connection, task, step, None)
}

/// Writes down a step that may be one of an act.
pub(crate) fn add_of(
    connection: &Connection,
    task: TaskId,
    step: &NewStep<'_>,
    of: Option<&StepOfAct<'_>>,
) -> Result<(), PracticeError> {
    connection
        .prepare_cached(
            "INSERT INTO task_step (task, at, who, what, note, act, before)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            task.to_string(),
            step.at.as_millisecond(),
            step.who,
            step.what,
            step.note,
            of.map(|of| of.act),
            of.and_then(|of| of.before),
        ])?;
    Ok(())
}

/// The steps of a task, oldest first.
pub(crate) fn of_task(
    connection: &Connection,
    task: TaskId,
) -> Result<Vec<TaskStep>, PracticeError> {
    let mut statement = connection
        .prepare_cached("SELECT at, who, what, note FROM task_step WHERE task = ?1 ORDER BY id")?;
    let mut rows = statement.query([task.to_string()])?;
    let mut steps = Vec::new();
    while let Some(row) = rows.next()? {
        steps.push(TaskStep {
            at: time(row.get(0)?)?,
            who: row.get(1)?,
            what: row.get(2)?,
            note: row.get(3)?,
        });
    }
    Ok(steps)
}
