//! What is deleted, void or replaced stays on record: nothing here removes a row.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::sent::consultation_id;
use super::task_steps::{self, NewStep};
use crate::{ConsultationId, PracticeError, TaskId};

/// A consultation as it was entered, in its JSON form.
pub(crate) fn body(
    connection: &Connection,
    id: ConsultationId,
) -> Result<Option<String>, PracticeError> {
    Ok(connection
        .query_row(
            "SELECT body FROM consultation WHERE id = ?1",
            [id.to_string()],
            |row| row.get(0),
        )
        .optional()?)
}

/// Deletes a consultation that is not built yet, so that it never will be; tells whether it could.
pub(crate) fn withdraw(
    connection: &Connection,
    id: ConsultationId,
    at: Timestamp,
) -> Result<bool, PracticeError> {
    let changed = connection.execute(
        "UPDATE consultation SET deleted_at = ?2,
             state = CASE state WHEN 'waiting' THEN 'withdrawn' ELSE state END
         WHERE id = ?1 AND message_id IS NULL AND deleted_at IS NULL",
        params![id.to_string(), at.as_millisecond()],
    )?;
    Ok(changed > 0)
}

/// Marks a consultation as deleted; tells whether it was not before.
pub(crate) fn delete(
    connection: &Connection,
    id: ConsultationId,
    at: Timestamp,
) -> Result<bool, PracticeError> {
    let changed = connection.execute(
        "UPDATE consultation SET deleted_at = ?2 WHERE id = ?1 AND deleted_at IS NULL",
        params![id.to_string(), at.as_millisecond()],
    )?;
    Ok(changed > 0)
}

/// Marks a consultation and the one it replaces as null and void; returns those that are now.
pub(crate) fn void_with_replaced(
    connection: &Connection,
    id: ConsultationId,
) -> Result<Vec<ConsultationId>, PracticeError> {
    let mut statement = connection.prepare_cached(
        "UPDATE consultation SET void = 1
         WHERE id = ?1 OR document_id = (SELECT replaces FROM consultation WHERE id = ?1)
         RETURNING id",
    )?;
    let ids: Vec<String> = statement
        .query_map([id.to_string()], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    ids.iter().map(|id| consultation_id(id)).collect()
}

/// Takes back what [`void_with_replaced`] did.
pub(crate) fn restore_with_replaced(
    connection: &Connection,
    id: ConsultationId,
) -> Result<(), PracticeError> {
    connection.execute(
        "UPDATE consultation SET void = 0
         WHERE id = ?1 OR document_id = (SELECT replaces FROM consultation WHERE id = ?1)",
        [id.to_string()],
    )?;
    Ok(())
}

/// Marks a received document as null and void, and archives it.
pub(crate) fn void_task(
    connection: &Connection,
    id: TaskId,
    at: Timestamp,
) -> Result<(), PracticeError> {
    connection.execute(
        "UPDATE task SET void = 1, state = 'archived' WHERE id = ?1",
        [id.to_string()],
    )?;
    let step = NewStep {
        at,
        who: None,
        what: "Archived: null and void, a replacement of it failed",
        note: None,
    };
    task_steps::add(connection, id, &step)
}
