//! Alerts: raising them, and reading them one by one.

use jiff::Timestamp;
use rusqlite::{Connection, Params, Row, params};

use super::time;
use crate::{
    Alert, AlertDeed, AlertKind, AlertRow, AlertStep, AlertSubject, ConsultationId, PracticeError,
    Settlement, TaskId,
};

/// What every alert is read by.
const COLUMNS: &str = "id, key, at, what, consultation, settled_at, settled_by, note";

/// Raises an alert once for its key; tells whether it is new.
pub(crate) fn raise(
    connection: &Connection,
    key: &str,
    at: Timestamp,
    what: &str,
    consultation: Option<ConsultationId>,
) -> Result<bool, PracticeError> {
    let added = connection
        .prepare_cached(
            "INSERT INTO alert (key, at, what, consultation) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (key) DO NOTHING",
        )?
        .execute(params![
            key,
            at.as_millisecond(),
            what,
            consultation.map(|id| id.to_string())
        ])?;
    Ok(added > 0)
}

/// Whether somebody still has to deal with an alert whose key begins so.
pub(crate) fn is_open(connection: &Connection, prefix: &str) -> Result<bool, PracticeError> {
    Ok(connection
        .prepare_cached(
            "SELECT 1 FROM alert
             WHERE settled_at IS NULL AND substr(key, 1, length(?1)) = ?1",
        )?
        .exists([prefix])?)
}

/// How many nobody has dealt with.
pub(crate) fn count_open(connection: &Connection) -> Result<u64, PracticeError> {
    let count: i64 = connection
        .prepare_cached("SELECT count(*) FROM alert WHERE settled_at IS NULL")?
        .query_row([], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// What nobody has dealt with, the latest `limit`, newest first.
pub(crate) fn open(connection: &Connection, limit: u32) -> Result<Vec<Alert>, PracticeError> {
    list(
        connection,
        "settled_at IS NULL ORDER BY id DESC LIMIT ?1",
        [limit],
    )
}

/// The alerts about a consultation, open or not, the oldest first.
pub(crate) fn of_consultation(
    connection: &Connection,
    id: ConsultationId,
) -> Result<Vec<Alert>, PracticeError> {
    list(
        connection,
        "consultation = ?1 ORDER BY id LIMIT 100",
        [id.to_string()],
    )
}

fn list(
    connection: &Connection,
    which: &str,
    values: impl Params,
) -> Result<Vec<Alert>, PracticeError> {
    let sql = format!("SELECT {COLUMNS} FROM alert WHERE {which}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(values)?;
    let mut alerts = Vec::new();
    while let Some(row) = rows.next()? {
        alerts.push(alert(row)?);
    }
    Ok(alerts)
}

/// Alerts with what they are about and what was done with them: no more than a page of them.
pub(super) fn rows(
    connection: &Connection,
    which: &str,
    values: impl Params,
) -> Result<Vec<AlertRow>, PracticeError> {
    let sql = format!("SELECT {COLUMNS} FROM alert WHERE {which}");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = statement.query(values)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let alert = alert(row)?;
        let subject = match alert.consultation {
            Some(id) => of_ours(connection, id)?,
            None => received(connection, &row.get::<_, String>(1)?)?,
        };
        rows.push(AlertRow {
            subject: subject.unwrap_or(AlertSubject::Other),
            steps: steps(connection, alert.id)?,
            alert,
        });
    }
    Ok(rows)
}

fn alert(row: &Row<'_>) -> Result<Alert, PracticeError> {
    let key: String = row.get(1)?;
    let settled_at: Option<i64> = row.get(5)?;
    let settled = match settled_at.map(time).transpose()? {
        Some(at) => Some(Settlement {
            at,
            who: row.get(6)?,
            note: row.get(7)?,
        }),
        None => None,
    };
    Ok(Alert {
        id: row.get(0)?,
        kind: kind(&key),
        at: time(row.get(2)?)?,
        what: row.get(3)?,
        consultation: row
            .get::<_, Option<String>>(4)?
            .and_then(|id| ConsultationId::parse(&id)),
        settled,
    })
}

/// The kind of an alert by its key.
pub(super) fn kind(key: &str) -> AlertKind {
    AlertKind::of_cause(key.split_once(':').map_or("", |(cause, _)| cause))
}

fn of_ours(
    connection: &Connection,
    id: ConsultationId,
) -> Result<Option<AlertSubject>, PracticeError> {
    let mut statement =
        connection.prepare_cached("SELECT patient FROM consultation WHERE id = ?1")?;
    let mut rows = statement.query([id.to_string()])?;
    let patient = rows.next()?.map(|row| row.get(0)).transpose()?;
    Ok(patient.map(|patient| AlertSubject::Consultation { id, patient }))
}

/// What was received under the key that an alert's own ends with.
fn received(connection: &Connection, key: &str) -> Result<Option<AlertSubject>, PracticeError> {
    let (cause, rest) = key.split_once(':').unwrap_or_default();
    let rest = match cause {
        "unreadable" | "unusable" | "missing-data" => {
            return Ok(Some(AlertSubject::File(rest.to_owned())));
        }
        "not-understood" => rest.split_once(':').map_or(rest, |(_, rest)| rest),
        _ => rest,
    };
    let mut statement = connection.prepare_cached(
        "SELECT received.number, received.sender_mailbox, is_document, task.id, task.patient,
             task.sender
         FROM received LEFT JOIN task ON task.id = received.task WHERE key = ?1",
    )?;
    let mut rows = statement.query([rest])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let task: Option<String> = row.get(3)?;
    Ok(Some(match task.and_then(|id| TaskId::parse(&id)) {
        Some(task) => AlertSubject::Letter {
            task,
            patient: row.get(4)?,
            sender: row.get(5)?,
        },
        None => AlertSubject::Message {
            number: row.get(0)?,
            mailbox: row.get(1)?,
            has_page: row.get(2)?,
        },
    }))
}

fn steps(connection: &Connection, id: i64) -> Result<Vec<AlertStep>, PracticeError> {
    let mut statement = connection.prepare_cached(
        "SELECT what, at, who, note FROM alert_step WHERE alert = ?1 ORDER BY act LIMIT 20",
    )?;
    let mut rows = statement.query([id])?;
    let mut steps = Vec::new();
    while let Some(row) = rows.next()? {
        let deed = AlertDeed::parse(&row.get::<_, String>(0)?).ok_or(PracticeError::Damaged {
            kind: "step of an alert",
        })?;
        steps.push(AlertStep {
            deed,
            how: Settlement {
                at: time(row.get(1)?)?,
                who: row.get(2)?,
                note: row.get(3)?,
            },
        });
    }
    Ok(steps)
}
