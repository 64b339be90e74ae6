use jiff::Timestamp;
use nhs::{MailboxId, MessageId};
use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::columns::{self, MESSAGE};
use crate::StoreError;
use crate::message::{Message, QueuedJob, RoutingJob, Sealed, Waiting};
use crate::stored::{self, time};

fn messages(
    connection: &Connection,
    condition: &str,
    values: &[&dyn ToSql],
) -> Result<Vec<Message>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{MESSAGE} {condition}"))?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        // a damaged record must not hide the others
        match columns::message(row) {
            Ok(message) => found.push(message),
            Err(error) if error.is_damage() => {
                let seq: i64 = row.get("seq")?;
                tracing::error!(seq, %error, "a stored record is damaged");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

pub(crate) fn message(
    connection: &Connection,
    id: &MessageId,
) -> Result<Option<Message>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{MESSAGE} WHERE m.id = ?"))?;
    let mut rows = statement.query(params![id.as_str()])?;
    rows.next()?.map(columns::message).transpose()
}

pub(crate) fn recent(
    connection: &Connection,
    limit: u32,
    before_seq: i64,
) -> Result<Vec<Message>, StoreError> {
    let condition = "WHERE m.seq < ? ORDER BY m.seq DESC LIMIT ?";
    messages(connection, condition, &[&before_seq, &limit])
}

pub(crate) fn by_local_id(
    connection: &Connection,
    mailbox: &MailboxId,
    local_id: &[u8],
    limit: u32,
) -> Result<Vec<Message>, StoreError> {
    messages(
        connection,
        "JOIN sent s ON s.seq = m.seq WHERE s.mailbox = ? AND s.local_id = ?
         ORDER BY s.seq DESC LIMIT ?",
        &[&mailbox.as_str(), &local_id, &limit],
    )
}

/// Newest first: what a mailbox sent (`sent`) or was sent (`received`).
pub(crate) fn newest(
    connection: &Connection,
    list: &'static str,
    mailbox: &MailboxId,
    since: Timestamp,
    before_seq: i64,
    limit: u32,
) -> Result<Vec<Message>, StoreError> {
    messages(
        connection,
        &format!(
            "JOIN {list} l ON l.seq = m.seq WHERE l.mailbox = ? AND l.seq < ? AND m.sent_at > ?
             ORDER BY l.seq DESC LIMIT ?"
        ),
        &[
            &mailbox.as_str(),
            &before_seq,
            &since.as_microsecond(),
            &limit,
        ],
    )
}

/// Where a message was in its inbox before it was acknowledged.
pub(crate) fn acknowledged_position(
    connection: &Connection,
    seq: i64,
) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT position FROM acknowledged WHERE seq = ?")?
        .query_row(params![seq], |row| row.get(0))
        .optional()?)
}

pub(crate) fn routing_due(
    connection: &Connection,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<QueuedJob>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT q.*, j.address, j.order_key, j.since, j.attempts FROM (
           SELECT * FROM routing r WHERE r.next_at <= ? AND NOT EXISTS (
             SELECT 1 FROM routing e WHERE e.order_key = r.order_key AND e.next_at > r.next_at
             AND e.seq < r.seq)
           ORDER BY r.next_at, r.seq LIMIT ?) j
         JOIN ({MESSAGE}) q ON q.seq = j.seq ORDER BY j.next_at, j.seq"
    ))?;
    let mut rows = statement.query(params![now.as_microsecond(), limit])?;
    let mut jobs = Vec::new();
    while let Some(row) = rows.next()? {
        jobs.push(match routing_job(row) {
            Ok(job) => QueuedJob::Due(Box::new(job)),
            Err(_) => QueuedJob::Damaged {
                seq: row.get("seq")?,
            },
        });
    }
    Ok(jobs)
}

fn routing_job(row: &Row<'_>) -> Result<RoutingJob, StoreError> {
    Ok(RoutingJob {
        message: columns::message(row)?,
        address: Sealed(row.get("address")?),
        order_key: row.get("order_key")?,
        since: time(row.get("since")?)?,
        attempts: row.get("attempts")?,
    })
}

pub(crate) fn next_routing(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let next: Option<i64> =
        connection.query_row("SELECT min(next_at) FROM routing", [], |row| row.get(0))?;
    next.map(time).transpose()
}

/// The messages, and the places in the order of arrival of those whose record is damaged.
pub(crate) fn waiting_longest(
    connection: &Connection,
    before: Timestamp,
    limit: u32,
) -> Result<(Vec<Waiting>, Vec<i64>), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, id, since FROM
           (SELECT seq, id, since, position FROM pending ORDER BY position LIMIT ?)
         WHERE since < ? ORDER BY position",
    )?;
    let mut rows = statement.query(params![limit, before.as_microsecond()])?;
    let (mut found, mut damaged) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let seq = row.get(0)?;
        match waiting(seq, row) {
            Ok(waiting) => found.push(waiting),
            Err(_) => damaged.push(seq),
        }
    }
    Ok((found, damaged))
}

fn waiting(seq: i64, row: &Row<'_>) -> Result<Waiting, StoreError> {
    Ok(Waiting {
        seq,
        id: stored::message_id(row.get_ref(1)?.as_str().unwrap_or_default())?,
        since: time(row.get(2)?)?,
    })
}

/// Of these keys, the ones no record names.
pub(crate) fn unreferenced(
    connection: &Connection,
    keys: Vec<String>,
) -> Result<Vec<String>, StoreError> {
    let mut named = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM message WHERE object = ?1)
         OR EXISTS (SELECT 1 FROM chunk WHERE object = ?1)",
    )?;
    let mut found = Vec::new();
    for key in keys {
        if !named.query_row(params![key], |row| row.get::<_, bool>(0))? {
            found.push(key);
        }
    }
    Ok(found)
}

pub(crate) fn uploads_of(connection: &Connection, mailbox: &MailboxId) -> Result<u32, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT count(*) FROM uploading u JOIN message m ON m.seq = u.seq WHERE m.sender = ?",
        )?
        .query_row(params![mailbox.as_str()], |row| row.get(0))?)
}

/// Bytes received so far of a message still uploading.
pub(crate) fn uploaded_bytes(connection: &Connection, seq: i64) -> Result<u64, StoreError> {
    let bytes: i64 = connection
        .prepare_cached(
            "SELECT coalesce((SELECT sum(length) FROM chunk WHERE seq = ?1), 0)
             + CASE WHEN EXISTS (SELECT 1 FROM chunk WHERE seq = ?1 AND number = 1) THEN 0
               ELSE coalesce((SELECT length FROM message WHERE seq = ?1), 0) END",
        )?
        .query_row(params![seq], |row| row.get(0))?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}
