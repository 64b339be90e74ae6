//! Removing messages with all that is known of them but the audit trail: the oldest, or those that an
//! operator names.

use std::collections::BTreeMap;

use jiff::Timestamp;
use nhs::MessageId;
use rusqlite::types::Value;
use rusqlite::{Row, params};

use super::batch::Batch;
use super::trail::subject;
use crate::StoreError;
use crate::audit::AuditEntry;
use crate::backend::usage::UsageChange;
use crate::contract::Outcome;

const TABLES_BY_SEQ: [&str; 9] = [
    "quarantine",
    "chunk",
    "uploading",
    "completed",
    "routing",
    "routed",
    "acknowledged",
    "failed",
    "step",
];

/// The columns of [`Stored`].
const STORED: &str = "
SELECT m.seq, m.sender, coalesce(m.recipient, r.recipient), m.sent_at, m.id, m.length,
  (SELECT coalesce(sum(c.length), 0) FROM chunk c WHERE c.seq = m.seq),
  EXISTS (SELECT 1 FROM routing q WHERE q.seq = m.seq)
    OR EXISTS (SELECT 1 FROM uploading u WHERE u.seq = m.seq), m.workflow
FROM message m LEFT JOIN routed r ON r.seq = m.seq ";

/// What is needed of a message to remove it. A damaged column keeps none from it.
struct Stored {
    seq: i64,
    sender: Value,
    recipient: Value,
    workflow: Value,
    sent_at: Option<i64>,
    subject: String,
    bytes: i64,
    /// In the routing queue or among the uploads.
    is_queued: bool,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let seq = row.get(0)?;
        let (own, chunks) = (row.get(5).unwrap_or(0), row.get(6).unwrap_or(0));
        Ok(Self {
            seq,
            sender: row.get(1)?,
            recipient: row.get(2)?,
            workflow: row.get(8)?,
            sent_at: row.get(3).ok(),
            subject: subject(seq, row.get_ref(4)?),
            bytes: own + chunks,
            is_queued: row.get(7)?,
        })
    }

    /// Takes it out of inbox, lists and counts; its own rows are left.
    fn let_go(&self, batch: &mut Batch<'_>) -> Result<(), StoreError> {
        for (sql, name) in [
            (
                "DELETE FROM sent WHERE mailbox = ? AND seq = ?",
                &self.sender,
            ),
            (
                "DELETE FROM received WHERE mailbox = ? AND seq = ?",
                &self.recipient,
            ),
            (
                "DELETE FROM of_workflow WHERE workflow = ? AND seq = ?",
                &self.workflow,
            ),
        ] {
            let mut listed = batch.connection.prepare_cached(sql)?;
            listed.execute(params![name, self.seq])?;
        }
        let position = batch.waiting_position(self.seq);
        if let Some(position) = position {
            batch
                .connection
                .prepare_cached("DELETE FROM pending WHERE position = ?")?
                .execute(params![position])?;
        }
        batch.effects.leave(self.seq);
        if let Value::Text(sender) = &self.sender {
            let waited = position.is_some() || self.is_queued;
            batch.count(Some(sender), UsageChange::forgotten(self.bytes, waited));
        }
        Ok(())
    }
}

pub(super) fn messages(
    batch: &mut Batch<'_>,
    before: Timestamp,
    limit: u32,
    at: Timestamp,
) -> Result<Outcome, StoreError> {
    let sql = format!("{STORED} ORDER BY m.seq LIMIT ?");
    let mut oldest = batch.connection.prepare_cached(&sql)?;
    let rows = oldest
        .query_map(params![limit], Stored::read)?
        .collect::<Result<Vec<_>, _>>()?;
    let mut last_sent_at = None;
    let mut range: Option<(i64, i64)> = None;
    let mut count = 0;
    for stored in rows {
        // a message whose time is damaged goes with the one before it
        last_sent_at = stored.sent_at.or(last_sent_at);
        match last_sent_at {
            None => continue,
            Some(sent_at) if sent_at >= before.as_microsecond() => break,
            Some(_) => {}
        }
        stored.let_go(batch)?;
        batch.note(&AuditEntry::forgotten(&stored.subject, at))?;
        let seq = stored.seq;
        range = Some((range.map_or(seq, |(first, _)| first), seq));
        count += 1;
    }
    if let Some((first, last)) = range {
        remove_range(batch, first, last)?;
    }
    Ok(Outcome::Counted(count))
}

/// Those of an operator's list that are still there.
pub(super) fn purge(
    batch: &mut Batch<'_>,
    ids: &[MessageId],
    at: Timestamp,
) -> Result<Outcome, StoreError> {
    let mut found = BTreeMap::new();
    let sql = format!("{STORED} WHERE m.id = ?");
    let mut message = batch.connection.prepare_cached(&sql)?;
    for id in ids {
        for stored in message.query_map(params![id.as_str()], Stored::read)? {
            let stored = stored?;
            found.insert(stored.seq, stored);
        }
    }
    for stored in found.values() {
        stored.let_go(batch)?;
        batch.note(&AuditEntry::purged(&stored.subject, at))?;
        remove_range(batch, stored.seq, stored.seq)?;
    }
    Ok(Outcome::Counted(
        u32::try_from(found.len()).unwrap_or(u32::MAX),
    ))
}

/// Messages that follow one another in the order of arrival, all at once.
fn remove_range(batch: &mut Batch<'_>, first: i64, last: i64) -> Result<(), StoreError> {
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
