//! Reads of the operator's console.

use std::collections::HashMap;

use nhs::MailboxId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::StoreError;
use crate::audit::AuditLine;
use crate::console::{MailboxSummary, RoutingSummary, UploadSummary};
use crate::stored::{mailbox, message_id, time, workflow};

/// `waiting`: of each mailbox with messages, how many, and the position of the first.
pub(crate) fn mailbox_summaries(
    connection: &Connection,
    waiting: &HashMap<MailboxId, (u64, i64)>,
) -> Result<Vec<MailboxSummary>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT b.id, (SELECT count(*) FROM uploading u JOIN message m ON m.seq = u.seq
           WHERE m.sender = b.id) FROM mailbox b ORDER BY b.id",
    )?;
    let mut since = connection.prepare_cached("SELECT since FROM pending WHERE position = ?")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let id = mailbox(&row.get::<_, String>(0)?)?;
        let (count, first) = waiting.get(&id).copied().unwrap_or_default();
        let oldest: Option<i64> = since
            .query_row(params![first], |row| row.get(0))
            .optional()?;
        found.push(MailboxSummary {
            mailbox: id,
            waiting: count,
            oldest: oldest.map(time).transpose()?,
            uploading: row.get(1)?,
        });
    }
    Ok(found)
}

pub(crate) fn routing_queue(
    connection: &Connection,
    limit: u32,
) -> Result<Vec<RoutingSummary>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT m.id, m.sender, m.workflow, r.since, r.attempts, r.next_at
         FROM (SELECT * FROM routing ORDER BY next_at, seq LIMIT ?) r
         JOIN message m ON m.seq = r.seq ORDER BY r.next_at, r.seq",
    )?;
    let mut rows = statement.query(params![limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(RoutingSummary {
            message: message_id(&row.get::<_, String>(0)?)?,
            sender: optional_mailbox(row, 1)?,
            workflow: workflow(&row.get::<_, String>(2)?)?,
            accepted_at: time(row.get(3)?)?,
            attempts: row.get(4)?,
            next_at: time(row.get(5)?)?,
        });
    }
    Ok(found)
}

pub(crate) fn uploads(
    connection: &Connection,
    limit: u32,
) -> Result<Vec<UploadSummary>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT m.id, m.sender, m.recipient, u.received, m.total_chunks, m.sent_at,
           coalesce((SELECT sum(length) FROM chunk c WHERE c.seq = u.seq), 0)
           + CASE WHEN EXISTS (SELECT 1 FROM chunk c WHERE c.seq = u.seq AND c.number = 1) THEN 0
             ELSE m.length END
         FROM (SELECT seq, received FROM uploading ORDER BY seq LIMIT ?) u
         JOIN message m ON m.seq = u.seq ORDER BY u.seq",
    )?;
    let mut rows = statement.query(params![limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(UploadSummary {
            message: message_id(&row.get::<_, String>(0)?)?,
            sender: optional_mailbox(row, 1)?,
            recipient: optional_mailbox(row, 2)?,
            chunks_received: row.get(3)?,
            chunks_total: row.get(4)?,
            started_at: time(row.get(5)?)?,
            bytes: u64::try_from(row.get::<_, i64>(6)?).unwrap_or(0),
        });
    }
    Ok(found)
}

fn optional_mailbox(row: &Row<'_>, column: usize) -> Result<Option<MailboxId>, StoreError> {
    row.get::<_, Option<String>>(column)?
        .as_deref()
        .map(mailbox)
        .transpose()
}

fn audit_line(row: &Row<'_>) -> Result<AuditLine, StoreError> {
    Ok(AuditLine {
        number: row.get(0)?,
        at: time(row.get(1)?)?,
        actor: row.get(2)?,
        action: row.get(3)?,
        subject: row.get(4)?,
        detail: row.get(5)?,
    })
}

pub(crate) fn audit_of(
    connection: &Connection,
    subject: &str,
) -> Result<Vec<AuditLine>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT a.number, a.at, a.actor, a.action, a.subject, a.detail
         FROM audit_subject s JOIN audit a ON a.number = s.number
         WHERE s.subject = ? ORDER BY s.number LIMIT 1000",
    )?;
    let mut rows = statement.query(params![subject])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(audit_line(row)?);
    }
    Ok(found)
}

pub(crate) fn audit_page(
    connection: &Connection,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<AuditLine>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, at, actor, action, subject, detail FROM audit WHERE number < ?
         ORDER BY number DESC LIMIT ?",
    )?;
    let mut rows = statement.query(params![before.unwrap_or(i64::MAX), limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(audit_line(row)?);
    }
    Ok(found)
}
