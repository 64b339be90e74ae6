//! Forgetting messages, the oldest first.

use jiff::Timestamp;
use rusqlite::params;
use rusqlite::types::Value;

use super::batch::Batch;
use super::trail::subject;
use crate::StoreError;
use crate::audit::AuditEntry;
use crate::contract::Outcome;

const TABLES_BY_SEQ: [&str; 8] = [
    "quarantine",
    "chunk",
    "uploading",
    "completed",
    "routing",
    "routed",
    "acknowledged",
    "failed",
];

pub(super) fn messages(
    batch: &mut Batch<'_>,
    before: Timestamp,
    limit: u32,
    at: Timestamp,
) -> Result<Outcome, StoreError> {
    let mut oldest = batch.connection.prepare_cached(
        "SELECT m.seq, m.sender, coalesce(m.recipient, r.recipient), m.sent_at, m.id
         FROM message m LEFT JOIN routed r ON r.seq = m.seq
         ORDER BY m.seq LIMIT ?",
    )?;
    let rows = oldest
        .query_map(params![limit], |row| {
            let seq = row.get::<_, i64>(0)?;
            Ok((
                seq,
                row.get::<_, Value>(1)?,
                row.get::<_, Value>(2)?,
                row.get::<_, i64>(3).ok(),
                subject(seq, row.get_ref(4)?),
            ))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let mut last_sent_at = None;
    let mut range: Option<(i64, i64)> = None;
    let mut count = 0;
    for (seq, sender, recipient, sent_at, subject) in rows {
        // a message whose time is damaged goes with the one before it
        last_sent_at = sent_at.or(last_sent_at);
        match last_sent_at {
            None => continue,
            Some(sent_at) if sent_at >= before.as_microsecond() => break,
            Some(_) => {}
        }
        batch
            .connection
            .prepare_cached("DELETE FROM sent WHERE mailbox = ? AND seq = ?")?
            .execute(params![sender, seq])?;
        batch
            .connection
            .prepare_cached("DELETE FROM received WHERE mailbox = ? AND seq = ?")?
            .execute(params![recipient, seq])?;
        if let Some(position) = batch.waiting_position(seq) {
            batch
                .connection
                .prepare_cached("DELETE FROM pending WHERE position = ?")?
                .execute(params![position])?;
        }
        batch.note(&AuditEntry::forgotten(&subject, at))?;
        batch.effects.leave(seq);
        range = Some((range.map_or(seq, |(first, _)| first), seq));
        count += 1;
    }
    if let Some((first, last)) = range {
        forget_range(batch, first, last)?;
    }
    Ok(Outcome::Counted(count))
}

/// Messages that follow one another in the order of arrival, all at once.
fn forget_range(batch: &mut Batch<'_>, first: i64, last: i64) -> Result<(), StoreError> {
    let mut objects = batch.connection.prepare_cached(
        "SELECT object FROM message WHERE seq BETWEEN ?1 AND ?2 AND object IS NOT NULL
         UNION ALL SELECT object FROM chunk WHERE seq BETWEEN ?1 AND ?2 AND object IS NOT NULL",
    )?;
    // a key that cannot be read leaves its file to the sweep
    let keys = objects.query_map(params![first, last], |row| Ok(row.get::<_, String>(0).ok()))?;
    for key in keys {
        batch.effects.released.extend(key?);
    }
    for table in TABLES_BY_SEQ.iter().chain(&["message"]) {
        batch
            .connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE seq BETWEEN ? AND ?"))?
            .execute(params![first, last])?;
    }
    Ok(())
}
