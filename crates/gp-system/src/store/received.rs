//! Everything taken from IN.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, params};

use super::time;
use crate::directories::Place;
use crate::{PracticeError, ReceivedMessage, TaskId};

/// What the practice writes down of everything it takes from IN.
pub(crate) struct Taken<'a> {
    pub(crate) key: &'a str,
    pub(crate) kept_as: &'a str,
    pub(crate) transport_id: Option<&'a str>,
    pub(crate) sender_mailbox: Option<&'a str>,
    pub(crate) at: Timestamp,
    /// Whether it came on a document workflow; acknowledgements and reports did not.
    pub(crate) is_document: bool,
    pub(crate) ids: MessageIds<'a>,
    /// Whether it was handed to the workflow inbox.
    pub(crate) accepted: bool,
    pub(crate) task: Option<TaskId>,
    /// Where it is kept.
    pub(crate) place: Place,
}

/// The ids by which a message or a document is known again.
#[derive(Default, Clone, Copy)]
pub(crate) struct MessageIds<'a> {
    pub(crate) header: Option<&'a str>,
    pub(crate) bundle_identifier: Option<&'a str>,
    pub(crate) document: Option<&'a str>,
}

pub(crate) fn add(connection: &Connection, taken: &Taken<'_>) -> Result<(), PracticeError> {
    connection.execute(
        "INSERT INTO received (key, kept_as, transport_id, sender_mailbox, taken_at, is_document,
             header_id, bundle_identifier, document_id, accepted, task, set_apart, number)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,
             (SELECT coalesce(max(number), 0) + 1 FROM received))",
        params![
            taken.key,
            taken.kept_as,
            taken.transport_id,
            taken.sender_mailbox,
            taken.at.as_millisecond(),
            taken.is_document,
            taken.ids.header,
            taken.ids.bundle_identifier,
            taken.ids.document,
            taken.accepted,
            taken.task.map(|id| id.to_string()),
            place(taken.place),
        ],
    )?;
    Ok(())
}

/// As it is written down.
fn place(place: Place) -> u8 {
    match place {
        Place::Received => 0,
        Place::Quarantine => 1,
        Place::NotUnderstood => 2,
    }
}

/// Whether this very delivery was taken before.
pub(crate) fn is_taken(connection: &Connection, key: &str) -> Result<bool, PracticeError> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM received WHERE key = ?1")?
        .exists([key])?)
}

/// The message of this sender with this header id or outer bundle identifier, when one was answered
/// before (20007): its task, if it raised one.
pub(crate) fn known_message(
    connection: &Connection,
    ids: MessageIds<'_>,
    sender: Option<&str>,
) -> Result<Option<Option<TaskId>>, PracticeError> {
    first_task(
        connection,
        "SELECT task FROM received
         WHERE header_id = ?1 COLLATE NOCASE AND sender_mailbox IS ?3
         UNION ALL SELECT task FROM received
         WHERE bundle_identifier = ?2 COLLATE NOCASE AND sender_mailbox IS ?3
         LIMIT 1",
        params![ids.header, ids.bundle_identifier, sender],
    )
}

/// The document of this sender with this id, when one was accepted before (20008), and its task.
/// One that was refused may be sent again in a new message.
pub(crate) fn known_document(
    connection: &Connection,
    document: Option<&str>,
    sender: Option<&str>,
) -> Result<Option<Option<TaskId>>, PracticeError> {
    first_task(
        connection,
        "SELECT task FROM received
         WHERE document_id = ?1 COLLATE NOCASE AND accepted AND sender_mailbox IS ?2 LIMIT 1",
        params![document, sender],
    )
}

/// Whether a document of another sender had one of these ids.
pub(crate) fn is_known_of_another(
    connection: &Connection,
    ids: MessageIds<'_>,
    sender: Option<&str>,
) -> Result<bool, PracticeError> {
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM received
             WHERE header_id = ?1 COLLATE NOCASE AND is_document AND sender_mailbox IS NOT ?4
             UNION ALL SELECT 1 FROM received
             WHERE bundle_identifier = ?2 COLLATE NOCASE AND is_document
                 AND sender_mailbox IS NOT ?4
             UNION ALL SELECT 1 FROM received
             WHERE document_id = ?3 COLLATE NOCASE AND accepted AND sender_mailbox IS NOT ?4",
        )?
        .exists(params![
            ids.header,
            ids.bundle_identifier,
            ids.document,
            sender
        ])?)
}

fn first_task(
    connection: &Connection,
    statement: &str,
    values: impl Params,
) -> Result<Option<Option<TaskId>>, PracticeError> {
    let found: Option<Option<String>> = connection
        .prepare_cached(statement)?
        .query_row(values, |row| row.get(0))
        .optional()?;
    Ok(found.map(|task| task.and_then(|id| TaskId::parse(&id))))
}

/// The latest messages on document workflows, with the answers they got.
pub(crate) fn documents(
    connection: &Connection,
    limit: u32,
) -> Result<Vec<ReceivedMessage>, PracticeError> {
    list(
        connection,
        "is_document ORDER BY taken_at DESC, rowid DESC LIMIT ?1",
        [limit],
    )
}

/// The message of this number.
pub(crate) fn by_number(
    connection: &Connection,
    number: u32,
) -> Result<Option<ReceivedMessage>, PracticeError> {
    Ok(list(connection, "is_document AND number = ?1", [number])?.pop())
}

/// The message that raised a task.
pub(crate) fn of_task(
    connection: &Connection,
    task: TaskId,
) -> Result<Option<ReceivedMessage>, PracticeError> {
    Ok(list(connection, "task = ?1 LIMIT 1", [task.to_string()])?.pop())
}

/// The name in `received/` of the message that raised a task; none when it was set apart.
pub(crate) fn kept_of_task(
    connection: &Connection,
    task: TaskId,
) -> Result<Option<String>, PracticeError> {
    Ok(connection
        .prepare_cached("SELECT kept_as FROM received WHERE task = ?1 AND NOT set_apart LIMIT 1")?
        .query_row([task.to_string()], |row| row.get(0))
        .optional()?)
}

/// The key of the message of this number.
pub(crate) fn key(connection: &Connection, number: u32) -> Result<Option<String>, PracticeError> {
    Ok(connection
        .prepare_cached("SELECT key FROM received WHERE number = ?1")?
        .query_row([number], |row| row.get(0))
        .optional()?)
}

fn list(
    connection: &Connection,
    which: &str,
    values: impl Params,
) -> Result<Vec<ReceivedMessage>, PracticeError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT key, taken_at, transport_id, sender_mailbox, task, number, errors, warnings
         FROM received WHERE {which}"
    ))?;
    let mut answers =
        connection.prepare_cached("SELECT code FROM outbox WHERE answers = ?1 ORDER BY id")?;
    let mut rows = statement.query(values)?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        messages.push(ReceivedMessage {
            number: row.get(5)?,
            taken_at: time(row.get(1)?)?,
            transport_id: row.get(2)?,
            sender_mailbox: row.get(3)?,
            answers: answers
                .query_map([key], |row| row.get(0))?
                .collect::<Result<_, _>>()?,
            task: row
                .get::<_, Option<String>>(4)?
                .and_then(|id| TaskId::parse(&id)),
            errors: row.get(6)?,
            warnings: row.get(7)?,
        });
    }
    Ok(messages)
}
