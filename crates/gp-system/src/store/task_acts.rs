//! What was done with letters at once, and its undoing.

use rusqlite::{Connection, params};

use super::tasks::{self, task_id};
use crate::{PracticeError, TaskId, TaskState};

/// What a step of an act changed, where it can be undone.
pub(crate) enum Undoing {
    /// It was filed or returned.
    Decided,
    /// It was assigned, and until then to this user or nobody.
    Assigned(Option<String>),
}

/// The number of the next act.
pub(crate) fn next(connection: &Connection) -> Result<i64, PracticeError> {
    let mut statement =
        connection.prepare_cached("SELECT coalesce(max(act), 0) + 1 FROM task_step")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// What of an act of this user can still be undone: the letters with which nothing was done since, but notes.
pub(crate) fn to_undo(
    connection: &Connection,
    act: i64,
    user: Option<&str>,
) -> Result<Vec<(TaskId, Undoing)>, PracticeError> {
    let mut statement = connection.prepare_cached(
        "SELECT task_step.task, task_step.what, task_step.before, task.state
         FROM task_step JOIN task ON task.id = task_step.task
         WHERE act = ?1 AND who IS ?2 AND NOT task.needs_review AND NOT EXISTS (
             SELECT 1 FROM task_step AS later
             WHERE later.task = task_step.task AND later.id > task_step.id AND later.what <> 'Note')
         ORDER BY task_step.id",
    )?;
    let mut rows = statement.query(params![act, user])?;
    let mut undoings = Vec::new();
    while let Some(row) = rows.next()? {
        let id = task_id(&row.get::<_, String>(0)?)?;
        let state = TaskState::parse(&row.get::<_, String>(3)?);
        // The state may be another's doing: a note is a step of an act, too.
        let what: String = row.get(1)?;
        match state {
            Some(TaskState::Open) if what.starts_with("Assigned") => {
                undoings.push((id, Undoing::Assigned(row.get(2)?)));
            }
            Some(TaskState::Filed) if what.starts_with("Filed") => {
                undoings.push((id, Undoing::Decided));
            }
            Some(TaskState::Returned) if what.starts_with("Returned") => {
                undoings.push((id, Undoing::Decided));
            }
            _ => {}
        }
    }
    Ok(undoings)
}

/// Takes back what was done with one letter, and gives the words for its history.
pub(crate) fn undo(
    connection: &Connection,
    id: TaskId,
    undoing: &Undoing,
) -> Result<String, PracticeError> {
    match undoing {
        Undoing::Decided => {
            let closed = [TaskState::Filed, TaskState::Returned];
            tasks::set_state(connection, id, &closed, TaskState::Open, None)?;
            Ok("Undone: to do again".to_owned())
        }
        Undoing::Assigned(before) => {
            tasks::assign(connection, id, before.as_deref())?;
            let whose = before.as_deref().unwrap_or("nobody");
            Ok(format!("Undone: assigned to {whose}"))
        }
    }
}
