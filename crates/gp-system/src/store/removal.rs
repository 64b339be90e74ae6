//! Removing what was kept long enough: rows, and the names of the files that go with them.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Params, params};

use crate::{PracticeError, Removal, Removed};

/// Days that callers are told of.
const DAYS_TOLD: u32 = 100;

/// Whether an alert about a message is open: `?key:` and the message's key is its own key.
const NO_OPEN_ALERT: &str = "NOT EXISTS (
    SELECT 1 FROM alert WHERE settled_at IS NULL
        AND substr(alert.key, instr(alert.key, ':') + 1) = received.key)";
/// The answers to a message are in the MESH client's hands.
const NO_ANSWER_AHEAD: &str = "NOT EXISTS (
    SELECT 1 FROM outbox WHERE answers = received.key AND state IN ('pending', 'placing'))";

/// Tasks that nobody works on any more, and to which nothing has happened since `limit`; at most
/// `most`.
pub(crate) fn closed_tasks(
    connection: &Connection,
    limit: Timestamp,
    most: u32,
) -> Result<Vec<String>, PracticeError> {
    ids(
        connection,
        &format!(
            "SELECT task.id FROM task LEFT JOIN received ON received.task = task.id
             WHERE task.state <> 'open' AND task.received_at < ?1
                 AND coalesce((SELECT max(at) FROM task_step WHERE task = task.id), 0) < ?1
                 AND NOT EXISTS (SELECT 1 FROM task AS newer
                     WHERE newer.id = task.replaced_by AND newer.state = 'open')
                 AND (received.key IS NULL OR {NO_OPEN_ALERT} AND {NO_ANSWER_AHEAD})
             ORDER BY task.number LIMIT ?2"
        ),
        params![limit.as_millisecond(), most],
    )
}

/// Messages taken before `limit` that raised no task (`documents`), or acknowledgements and reports;
/// at most `most`. What was not understood waits for a person.
pub(crate) fn messages(
    connection: &Connection,
    documents: bool,
    limit: Timestamp,
    most: u32,
) -> Result<Vec<String>, PracticeError> {
    ids(
        connection,
        &format!(
            "SELECT key FROM received
             WHERE removed_at IS NULL AND is_document = ?1 AND taken_at < ?2 AND task IS NULL
                 AND set_apart <> 2
                 AND {NO_OPEN_ALERT} AND {NO_ANSWER_AHEAD}
             ORDER BY taken_at LIMIT ?3"
        ),
        params![documents, limit.as_millisecond(), most],
    )
}

/// Consultations that ended, and to which nothing has happened since `limit`; at most `most`. One
/// that others follow goes before them.
pub(crate) fn consultations(
    connection: &Connection,
    limit: Timestamp,
    most: u32,
) -> Result<Vec<String>, PracticeError> {
    ids(
        connection,
        "SELECT id FROM consultation
         WHERE state IN ('delivered', 'failed', 'withdrawn') AND submitted_at < ?1
             AND coalesce((SELECT max(at) FROM timeline WHERE consultation = consultation.id), 0)
                 < ?1
             AND NOT EXISTS (SELECT 1 FROM consultation AS earlier
                 WHERE earlier.id = consultation.follows)
             AND NOT EXISTS (SELECT 1 FROM alert
                 WHERE settled_at IS NULL AND alert.consultation = consultation.id)
             AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.consultation = consultation.id
                 AND outbox.state IN ('pending', 'placing'))
         ORDER BY submitted_at LIMIT ?2",
        params![limit.as_millisecond(), most],
    )
}

fn ids(
    connection: &Connection,
    sql: &str,
    values: impl Params,
) -> Result<Vec<String>, PracticeError> {
    let mut statement = connection.prepare_cached(sql)?;
    let ids = statement.query_map(values, |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Removes a task with its document and the message it came in. Gives its number.
pub(crate) fn remove_task(
    connection: &Connection,
    id: &str,
    at: Timestamp,
) -> Result<u32, PracticeError> {
    let key = connection
        .prepare_cached("SELECT key FROM received WHERE task = ?1")?
        .query_row([id], |row| row.get::<_, String>(0))
        .optional()?;
    if let Some(key) = key {
        remove_message(connection, &key, at)?;
    }
    let number = connection
        .prepare_cached("SELECT number FROM task WHERE id = ?1")?
        .query_row([id], |row| row.get(0))?;
    for sql in [
        // The words of a task are forgotten by giving them once more.
        "INSERT INTO task_search (task_search, rowid, subject, patient, nhs_number, sender)
         SELECT 'delete', number, subject, patient, nhs_number, sender FROM task WHERE id = ?1",
        "DELETE FROM attachment WHERE task = ?1",
        "DELETE FROM task_document WHERE task = ?1",
        "DELETE FROM task_section WHERE task = ?1",
        "DELETE FROM task_step WHERE task = ?1",
        "DELETE FROM filed_record WHERE task = ?1",
        "DELETE FROM review_act WHERE task = ?1",
        "DELETE FROM review WHERE task = ?1",
        "UPDATE filed_record SET replaced_by = NULL WHERE replaced_by = ?1",
        "UPDATE task SET replaces = NULL WHERE replaces = ?1",
        "UPDATE task SET replaced_by = NULL WHERE replaced_by = ?1",
        "DELETE FROM task WHERE id = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([id])?;
    }
    Ok(number)
}

/// Removes what is kept of a message, and the answers given to it. Its ids stay.
pub(crate) fn remove_message(
    connection: &Connection,
    key: &str,
    at: Timestamp,
) -> Result<(), PracticeError> {
    for (directory, sql) in [
        (
            "received",
            "SELECT kept_as FROM received WHERE key = ?1 AND set_apart = 0",
        ),
        (
            "quarantine",
            "SELECT kept_as FROM received WHERE key = ?1 AND set_apart = 1",
        ),
        ("sent", "SELECT base_name FROM outbox WHERE answers = ?1"),
    ] {
        doom(connection, directory, sql, key)?;
    }
    for sql in [
        "DELETE FROM finding WHERE received = ?1",
        "DELETE FROM outbox WHERE answers = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([key])?;
    }
    connection.execute(
        "UPDATE received SET removed_at = ?2, task = NULL, kept_as = '' WHERE key = ?1",
        params![key, at.as_millisecond()],
    )?;
    Ok(())
}

/// Removes a consultation with its report.
pub(crate) fn remove_consultation(connection: &Connection, id: &str) -> Result<(), PracticeError> {
    let reports = "SELECT base_name FROM outbox WHERE consultation = ?1";
    doom(connection, "sent", reports, id)?;
    for sql in [
        "DELETE FROM outbox WHERE consultation = ?1",
        "DELETE FROM timeline WHERE consultation = ?1",
        "DELETE FROM answer WHERE consultation = ?1",
        "DELETE FROM alert WHERE consultation = ?1",
        "DELETE FROM consultation WHERE id = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([id])?;
    }
    Ok(())
}

/// Removes alerts that were dealt with before `limit`; tells how many.
pub(crate) fn remove_alerts(
    connection: &Connection,
    limit: Timestamp,
) -> Result<u32, PracticeError> {
    let removed = connection.execute(
        "DELETE FROM alert WHERE settled_at < ?1",
        [limit.as_millisecond()],
    )?;
    Ok(u32::try_from(removed).unwrap_or(u32::MAX))
}

/// Writes down that the files of these names go, once this is durable.
fn doom(
    connection: &Connection,
    directory: &str,
    names: &str,
    of: &str,
) -> Result<(), PracticeError> {
    for name in ids(connection, names, [of])? {
        for ending in ["ctl", "dat"] {
            connection
                .prepare_cached("INSERT OR IGNORE INTO doomed_file (path) VALUES (?1)")?
                .execute([format!("{directory}/{name}.{ending}")])?;
        }
    }
    Ok(())
}

/// The files that are to be removed, below the data directory.
pub(crate) fn doomed_files(connection: &Connection) -> Result<Vec<String>, PracticeError> {
    ids(connection, "SELECT path FROM doomed_file", [])
}

/// Forgets the files that were to be removed.
pub(crate) fn forget_doomed(connection: &Connection) -> Result<(), PracticeError> {
    connection.execute("DELETE FROM doomed_file", [])?;
    Ok(())
}

/// Adds to what was removed on a day.
pub(crate) fn note(
    connection: &Connection,
    day: Date,
    removed: &Removed,
    last_task: u32,
) -> Result<(), PracticeError> {
    connection.execute(
        "INSERT INTO removal (day, documents, refused, consultations, answers, alerts, last_task)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (day) DO UPDATE SET documents = documents + excluded.documents,
             refused = refused + excluded.refused,
             consultations = consultations + excluded.consultations,
             answers = answers + excluded.answers, alerts = alerts + excluded.alerts,
             last_task = max(last_task, excluded.last_task)",
        params![
            days_since_1970(day),
            removed.documents,
            removed.refused,
            removed.consultations,
            removed.answers,
            removed.alerts,
            last_task
        ],
    )?;
    Ok(())
}

/// What was removed, the latest day first, of the latest 100 days on which something was.
pub(crate) fn list(connection: &Connection) -> Result<Vec<Removal>, PracticeError> {
    let mut statement = connection.prepare_cached(
        "SELECT day, documents, refused, consultations, answers, alerts FROM removal
         ORDER BY day DESC LIMIT ?1",
    )?;
    let mut rows = statement.query([DAYS_TOLD])?;
    let mut removals = Vec::new();
    while let Some(row) = rows.next()? {
        removals.push(Removal {
            day: day(row.get(0)?)?,
            removed: Removed {
                documents: row.get(1)?,
                refused: row.get(2)?,
                consultations: row.get(3)?,
                answers: row.get(4)?,
                alerts: row.get(5)?,
            },
        });
    }
    Ok(removals)
}

const EPOCH: Date = Date::constant(1970, 1, 1);

fn days_since_1970(day: Date) -> i32 {
    day.duration_since(EPOCH).as_hours().div_euclid(24) as i32
}

fn day(days: i32) -> Result<Date, PracticeError> {
    let day = EPOCH.checked_add(jiff::Span::new().days(days));
    day.map_err(|_| PracticeError::Damaged { kind: "day" })
}
