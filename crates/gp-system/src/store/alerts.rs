//! What needs a person.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::time;
use crate::{Alert, ConsultationId, PracticeError, Settlement};

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

/// What nobody has dealt with, newest first.
pub(crate) fn open(connection: &Connection) -> Result<Vec<Alert>, PracticeError> {
    list(connection, "settled_at IS NULL ORDER BY id DESC")
}

/// What somebody has dealt with, the latest `limit`, latest first.
pub(crate) fn settled(connection: &Connection, limit: u32) -> Result<Vec<Alert>, PracticeError> {
    let which = format!("settled_at IS NOT NULL ORDER BY settled_at DESC, id DESC LIMIT {limit}");
    list(connection, &which)
}

fn list(connection: &Connection, which: &str) -> Result<Vec<Alert>, PracticeError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT id, at, what, consultation, settled_at, settled_by, note FROM alert WHERE {which}"
    ))?;
    let mut rows = statement.query([])?;
    let mut alerts = Vec::new();
    while let Some(row) = rows.next()? {
        let settled_at: Option<i64> = row.get(4)?;
        let settled = match settled_at.map(time).transpose()? {
            Some(at) => Some(Settlement {
                at,
                who: row.get(5)?,
                note: row.get(6)?,
            }),
            None => None,
        };
        alerts.push(Alert {
            id: row.get(0)?,
            at: time(row.get(1)?)?,
            what: row.get(2)?,
            consultation: row
                .get::<_, Option<String>>(3)?
                .and_then(|id| ConsultationId::parse(&id)),
            settled,
        });
    }
    Ok(alerts)
}

/// Marks an alert as dealt with; tells whether it was open.
pub(crate) fn settle(
    connection: &Connection,
    id: i64,
    settlement: &Settlement,
) -> Result<bool, PracticeError> {
    let changed = connection.execute(
        "UPDATE alert SET settled_at = ?2, settled_by = ?3, note = ?4
         WHERE id = ?1 AND settled_at IS NULL",
        params![
            id,
            settlement.at.as_millisecond(),
            settlement.who,
            settlement.note
        ],
    )?;
    Ok(changed > 0)
}
