//! Messages whose record or body is damaged.

use std::path::Path;

use jiff::Timestamp;
use nhs::MessageId;
use rusqlite::{Connection, OptionalExtension, params};

use super::schema;
use super::trail::subject;
use crate::StoreError;
use crate::backend::row::time;
use crate::contract::Quarantined;

/// Lists a message and says how the audit trail names it.
pub(super) fn note(
    connection: &Connection,
    seq: i64,
    at: Timestamp,
    reason: &str,
) -> Result<String, StoreError> {
    // an unreadable record must not keep the message out of the list
    let subject = connection
        .prepare_cached("SELECT id FROM message WHERE seq = ?")?
        .query_row(params![seq], |row| Ok(subject(seq, row.get_ref(0)?)))
        .optional()
        .unwrap_or_default()
        .unwrap_or_else(|| format!("seq:{seq}"));
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO quarantine (seq, id, at, reason) VALUES (?, ?, ?, ?)",
        )?
        .execute(params![seq, subject, at.as_microsecond(), reason])?;
    Ok(subject)
}

/// The damaged messages of a store, oldest first. Works beside a running server.
pub(crate) fn quarantined(directory: &Path) -> Result<Vec<Quarantined>, StoreError> {
    let connection = schema::open_existing(directory)?;
    let mut listed =
        connection.prepare("SELECT seq, id, at, reason FROM quarantine ORDER BY at, seq")?;
    let mut rows = listed.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Quarantined {
            seq: row.get(0)?,
            id: MessageId::parse(&row.get::<_, String>(1)?).ok(),
            at: time(row.get(2)?)?,
            reason: row.get(3)?,
        });
    }
    Ok(found)
}
