//! The tasks of the workflow inbox and their documents.

use itk3::ReceivedSection;
use jiff::Timestamp;
use nhs::DateOfBirth;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::task_steps::{self, NewStep};
use super::{sections, time};
use crate::{
    AttachmentContent, AttachmentInfo, PracticeError, StatedPatient, Task, TaskId, TaskState,
};

/// A task to be raised.
pub(crate) struct NewTask<'a> {
    pub(crate) id: TaskId,
    pub(crate) received_at: Timestamp,
    pub(crate) subject: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) sender: &'a str,
    pub(crate) sender_mailbox: &'a str,
    pub(crate) version: Option<u32>,
    pub(crate) for_action: bool,
    pub(crate) patient: &'a str,
    /// Its digits.
    pub(crate) nhs_number: Option<&'a str>,
    /// Whom it says it is about.
    pub(crate) stated: &'a StatedPatient,
    /// How that compares with the practice's own list now, in words.
    pub(crate) match_then: &'a str,
    pub(crate) matched: u32,
    pub(crate) replaces: Option<TaskId>,
    /// Every id a later document may name it by.
    pub(crate) document_ids: Vec<&'a str>,
    /// What of it is text under headings.
    pub(crate) sections: &'a [ReceivedSection],
    /// The document first.
    pub(crate) attachments: Vec<NewAttachment<'a>>,
}

/// A document or attachment to be stored.
pub(crate) struct NewAttachment<'a> {
    pub(crate) title: &'a str,
    pub(crate) content_type: &'a str,
    pub(crate) bytes: &'a [u8],
}

/// Stores the task and archives the one it replaces.
pub(crate) fn raise(connection: &Connection, task: &NewTask<'_>) -> Result<(), PracticeError> {
    let id = task.id.to_string();
    let number: i64 = connection
        .prepare_cached(
            "INSERT INTO task (id, received_at, subject, sender, sender_mailbox, version,
                 for_action, patient, matched, replaces, kind, nhs_number, family_name, given_names,
                 birth_date, match_then, number)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                 (SELECT max(number) + 1 FROM (
                     SELECT coalesce(max(number), 0) AS number FROM task
                     UNION ALL SELECT coalesce(max(last_task), 0) FROM removal)))
             RETURNING number",
        )?
        .query_row(
            params![
                id,
                task.received_at.as_millisecond(),
                task.subject,
                task.sender,
                task.sender_mailbox,
                task.version,
                task.for_action,
                task.patient,
                task.matched,
                task.replaces.map(|id| id.to_string()),
                task.kind,
                task.nhs_number,
                task.stated.family_name,
                task.stated.given_names,
                task.stated
                    .birth_date
                    .map_or_else(String::new, |born| born.iso()),
                task.match_then,
            ],
            |row| row.get(0),
        )?;
    connection
        .prepare_cached(
            "INSERT INTO task_search (rowid, subject, patient, nhs_number, sender)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            number,
            task.subject,
            task.patient,
            task.nhs_number,
            task.sender
        ])?;
    for document in &task.document_ids {
        connection.execute(
            "INSERT OR IGNORE INTO task_document (document_id, task) VALUES (?1, ?2)",
            params![document.to_ascii_lowercase(), id],
        )?;
    }
    sections::add(connection, task.id, task.sections)?;
    for (position, part) in (0u32..).zip(&task.attachments) {
        connection.execute(
            "INSERT INTO attachment (task, position, title, content_type, bytes)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![id, position, part.title, part.content_type, part.bytes],
        )?;
    }
    let step = |what| NewStep {
        at: task.received_at,
        who: None,
        what,
        note: None,
    };
    task_steps::add(connection, task.id, &step("Received"))?;
    if let Some(replaced) = task.replaces {
        connection.execute(
            "UPDATE task SET replaced_by = ?2, state = 'archived' WHERE id = ?1",
            params![replaced.to_string(), id],
        )?;
        task_steps::add(
            connection,
            replaced,
            &step("Archived: a newer version replaced it"),
        )?;
    }
    Ok(())
}

/// Notes that the document of a task arrived once more.
pub(crate) fn repeat(
    connection: &Connection,
    id: TaskId,
    at: Timestamp,
    code: u32,
) -> Result<(), PracticeError> {
    connection.execute(
        "UPDATE task SET repeats = repeats + 1 WHERE id = ?1",
        [id.to_string()],
    )?;
    let what = format!("Arrived once more, answered {code}");
    let step = NewStep {
        at,
        who: None,
        what: &what,
        note: None,
    };
    task_steps::add(connection, id, &step)
}

/// Moves a task from one of `from` to `to`; tells whether it was there to be moved.
pub(crate) fn set_state(
    connection: &Connection,
    id: TaskId,
    from: &[TaskState],
    to: TaskState,
    reason: Option<&str>,
) -> Result<bool, PracticeError> {
    let mut moved = 0;
    for state in from {
        moved += connection.execute(
            "UPDATE task SET state = ?3, reason = ?4 WHERE id = ?1 AND state = ?2",
            params![id.to_string(), state.as_str(), to.as_str(), reason],
        )?;
    }
    Ok(moved > 0)
}

/// Gives an open task to a user, or to nobody; tells whether it was open.
pub(crate) fn assign(
    connection: &Connection,
    id: TaskId,
    to: Option<&str>,
) -> Result<bool, PracticeError> {
    let changed = connection.execute(
        "UPDATE task SET assigned_to = ?2 WHERE id = ?1 AND state = 'open'",
        params![id.to_string(), to],
    )?;
    Ok(changed > 0)
}

/// Notes that somebody opened it, if nobody had; tells whether that is news.
pub(crate) fn open(
    connection: &Connection,
    id: TaskId,
    at: Timestamp,
) -> Result<bool, PracticeError> {
    let mut statement = connection
        .prepare_cached("UPDATE task SET opened_at = ?2 WHERE id = ?1 AND opened_at IS NULL")?;
    Ok(statement.execute(params![id.to_string(), at.as_millisecond()])? > 0)
}

/// The task of a document, where it came from that mailbox: nobody archives another sender's
/// documents.
pub(crate) fn by_document(
    connection: &Connection,
    document: &str,
    sender_mailbox: &str,
) -> Result<Option<Task>, PracticeError> {
    let found: Option<String> = connection
        .query_row(
            "SELECT task FROM task_document JOIN task ON task.id = task_document.task
             WHERE document_id = ?1 AND sender_mailbox = ?2
             ORDER BY number DESC LIMIT 1",
            params![document.to_ascii_lowercase(), sender_mailbox],
            |row| row.get(0),
        )
        .optional()?;
    match found {
        Some(found) => by_id(connection, task_id(&found)?),
        None => Ok(None),
    }
}

pub(super) const COLUMNS: &str = "id, received_at, subject, sender, sender_mailbox, version,
    for_action, patient, matched, replaced_by, replaces, void, number, kind, nhs_number, state,
    reason, assigned_to, repeats, needs_review, family_name, given_names, birth_date, match_then, opened_at";

pub(crate) fn by_id(connection: &Connection, id: TaskId) -> Result<Option<Task>, PracticeError> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM task WHERE id = ?1"))?;
    let mut rows = statement.query([id.to_string()])?;
    match rows.next()? {
        Some(row) => Ok(Some(task(connection, row)?)),
        None => Ok(None),
    }
}

/// The latest tasks first.
pub(crate) fn list(connection: &Connection, limit: u32) -> Result<Vec<Task>, PracticeError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM task ORDER BY number DESC LIMIT ?1"
    ))?;
    let mut rows = statement.query([limit])?;
    let mut tasks = Vec::new();
    while let Some(row) = rows.next()? {
        tasks.push(task(connection, row)?);
    }
    Ok(tasks)
}

/// How many tasks wait for somebody.
pub(crate) fn count_open(connection: &Connection) -> Result<u64, PracticeError> {
    let count: i64 = connection.query_row(
        "SELECT count(*) FROM task WHERE state = 'open'",
        [],
        |row| row.get(0),
    )?;
    Ok(count.unsigned_abs())
}

/// When the oldest open task came: tasks are numbered as they arrive.
pub(crate) fn oldest_open(connection: &Connection) -> Result<Option<Timestamp>, PracticeError> {
    let oldest: Option<i64> = connection
        .prepare_cached(
            "SELECT received_at FROM task WHERE state = 'open' ORDER BY number LIMIT 1",
        )?
        .query_row([], |row| row.get(0))
        .optional()?;
    oldest.map(time).transpose()
}

pub(crate) fn attachment(
    connection: &Connection,
    id: TaskId,
    position: u32,
) -> Result<Option<AttachmentContent>, PracticeError> {
    Ok(connection
        .query_row(
            "SELECT content_type, bytes FROM attachment WHERE task = ?1 AND position = ?2",
            params![id.to_string(), position],
            |row| {
                Ok(AttachmentContent {
                    content_type: row.get(0)?,
                    bytes: row.get(1)?,
                })
            },
        )
        .optional()?)
}

fn task(connection: &Connection, row: &Row<'_>) -> Result<Task, PracticeError> {
    let task = without_attachments(row)?;
    Ok(Task {
        attachments: attachments(connection, task.id)?,
        ..task
    })
}

/// A row of [`COLUMNS`].
pub(super) fn without_attachments(row: &Row<'_>) -> Result<Task, PracticeError> {
    let linked = |text: Option<String>| text.and_then(|id| TaskId::parse(&id));
    Ok(Task {
        id: task_id(&row.get::<_, String>(0)?)?,
        received_at: time(row.get(1)?)?,
        subject: row.get(2)?,
        sender: row.get(3)?,
        sender_mailbox: row.get(4)?,
        version: row.get(5)?,
        for_action: row.get(6)?,
        patient: row.get(7)?,
        matched: row.get(8)?,
        replaced_by: linked(row.get(9)?),
        replaces: linked(row.get(10)?),
        void: row.get(11)?,
        number: row.get(12)?,
        kind: row.get(13)?,
        nhs_number: row.get(14)?,
        state: TaskState::parse(&row.get::<_, String>(15)?).ok_or(PracticeError::Damaged {
            kind: "state of a task",
        })?,
        reason: row.get(16)?,
        assigned_to: row.get(17)?,
        repeats: row.get(18)?,
        needs_review: row.get(19)?,
        stated: stated(row)?,
        match_then: row.get(23)?,
        opened_at: row.get::<_, Option<i64>>(24)?.map(time).transpose()?,
        attachments: Vec::new(),
    })
}

/// Whom a task's letter says it is about; none where an older release did not write it down.
fn stated(row: &Row<'_>) -> Result<Option<StatedPatient>, PracticeError> {
    let family_name: Option<String> = row.get(20)?;
    let given_names: Option<String> = row.get(21)?;
    let birth_date: Option<String> = row.get(22)?;
    let (Some(family_name), Some(born)) = (family_name, birth_date) else {
        return Ok(None);
    };
    let birth_date = match born.as_str() {
        "" => None,
        born => Some(
            DateOfBirth::parse_iso(born).map_err(|_| PracticeError::Damaged {
                kind: "birth date of a task",
            })?,
        ),
    };
    Ok(Some(StatedPatient {
        family_name,
        given_names: given_names.unwrap_or_default(),
        birth_date,
    }))
}

fn attachments(connection: &Connection, id: TaskId) -> Result<Vec<AttachmentInfo>, PracticeError> {
    let mut statement = connection.prepare_cached(
        "SELECT position, title, content_type, length(bytes) FROM attachment
         WHERE task = ?1 ORDER BY position",
    )?;
    let list = statement
        .query_map([id.to_string()], |row| {
            Ok(AttachmentInfo {
                position: row.get(0)?,
                title: row.get(1)?,
                content_type: row.get(2)?,
                size: row.get::<_, i64>(3)?.unsigned_abs(),
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(list)
}

pub(super) fn task_id(text: &str) -> Result<TaskId, PracticeError> {
    TaskId::parse(text).ok_or(PracticeError::Damaged {
        kind: "id of a task",
    })
}
