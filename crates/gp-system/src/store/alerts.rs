use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::time;
use crate::{Alert, ConsultationId, PracticeError};

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

pub(crate) fn open(connection: &Connection) -> Result<Vec<Alert>, PracticeError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, at, what, consultation FROM alert WHERE settled_at IS NULL ORDER BY id DESC",
    )?;
    let mut rows = statement.query([])?;
    let mut alerts = Vec::new();
    while let Some(row) = rows.next()? {
        alerts.push(Alert {
            id: row.get(0)?,
            at: time(row.get(1)?)?,
            what: row.get(2)?,
            consultation: row
                .get::<_, Option<String>>(3)?
                .and_then(|id| ConsultationId::parse(&id)),
        });
    }
    Ok(alerts)
}

/// Marks an alert as dealt with; tells whether it was open.
pub(crate) fn settle(
    connection: &Connection,
    id: i64,
    at: Timestamp,
) -> Result<bool, PracticeError> {
    let changed = connection.execute(
        "UPDATE alert SET settled_at = ?2 WHERE id = ?1 AND settled_at IS NULL",
        params![id, at.as_millisecond()],
    )?;
    Ok(changed > 0)
}
