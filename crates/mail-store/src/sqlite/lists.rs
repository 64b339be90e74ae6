//! Facts, lists by mailbox, and forgetting.

use std::sync::PoisonError;

use jiff::Timestamp;
use nhs::{MailboxId, MessageId};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::write::{Effects, Shared};
use crate::StoreError;
use crate::inbox::InboxEntry;
use crate::operation::{Outcome, TokenDigest};
use crate::stored::{mailbox, message_id, time, workflow};

/// So many rows one `Op::Index` looks at: sends wait for it, and it wants several rows for each mailbox.
const INDEX_STEP: u32 = 2_500;
/// So many tokens one `Op::ForgetTokens` looks at.
const TOKEN_STEP: u32 = 5_000;

pub(super) fn fact(connection: &Connection, name: &str) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT value FROM fact WHERE name = ?")?
        .query_row(params![name], |row| row.get(0))
        .optional()?
        .unwrap_or(0))
}

pub(super) fn set_fact(connection: &Connection, name: &str, value: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)")?
        .execute(params![name, value])?;
    Ok(())
}

/// Rebuilds what is kept in memory.
pub(super) fn load(connection: &Connection, shared: &Shared) -> Result<(), StoreError> {
    let mut inboxes = shared
        .inboxes
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    let mut rows = connection
        .prepare("SELECT position, seq, recipient, id, workflow FROM pending ORDER BY position")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        match waiting(row) {
            Ok((recipient, entry)) => inboxes.insert(recipient, row.get(0)?, entry),
            Err(_) => shared.found_damaged(row.get(1)?),
        }
    }
    let mut tokens = shared
        .tokens
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    let mut rows = connection.prepare("SELECT token, forget_at FROM used_token")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        // a damaged one can no longer be told from any other
        let forget_at = row.get(1).map(time);
        if let (Ok::<TokenDigest, _>(token), Ok(Ok(forget_at))) = (row.get(0), forget_at) {
            tokens.insert(token, forget_at);
        }
    }
    Ok(())
}

fn waiting(row: &Row<'_>) -> Result<(MailboxId, InboxEntry), StoreError> {
    let entry = InboxEntry {
        seq: row.get(1)?,
        id: message_id(row.get_ref(3)?.as_str().unwrap_or_default())?,
        workflow: workflow(row.get_ref(4)?.as_str().unwrap_or_default())?,
    };
    let recipient = mailbox(row.get_ref(2)?.as_str().unwrap_or_default())?;
    Ok((recipient, entry))
}

pub(super) fn index(connection: &Connection) -> Result<Outcome, StoreError> {
    let messages_from = fact(connection, "indexed_seq")?;
    let messages_to: Option<i64> = connection.query_row(
        "SELECT max(seq) FROM (SELECT seq FROM message WHERE seq > ? ORDER BY seq LIMIT ?)",
        params![messages_from, INDEX_STEP],
        |row| row.get(0),
    )?;
    let mut count = 0;
    if let Some(to) = messages_to {
        count += connection.execute(
            "INSERT OR IGNORE INTO sent (mailbox, seq, local_id) SELECT sender, seq, local_id
             FROM message WHERE seq > ? AND seq <= ? AND sender IS NOT NULL ORDER BY sender, seq",
            params![messages_from, to],
        )?;
        count += connection.execute(
            "INSERT OR IGNORE INTO received (mailbox, seq) SELECT recipient, seq FROM message
             WHERE seq > ? AND seq <= ? AND recipient IS NOT NULL ORDER BY recipient, seq",
            params![messages_from, to],
        )?;
        set_fact(connection, "indexed_seq", to)?;
    }
    let routed_from = fact(connection, "indexed_routed")?;
    let routed_to: Option<i64> = connection.query_row(
        "SELECT max(position) FROM
           (SELECT position FROM routed WHERE position > ? ORDER BY position LIMIT ?)",
        params![routed_from, INDEX_STEP],
        |row| row.get(0),
    )?;
    if let Some(to) = routed_to {
        count += connection.execute(
            "INSERT OR IGNORE INTO received (mailbox, seq) SELECT recipient, seq FROM routed
             WHERE position > ? AND position <= ? ORDER BY recipient, seq",
            params![routed_from, to],
        )?;
        set_fact(connection, "indexed_routed", to)?;
    }
    count += index_audit(connection)?;
    Ok(Outcome::Counted(u32::try_from(count).unwrap_or(u32::MAX)))
}

/// A line is found by its subject, and that of a report by the message it is about.
fn index_audit(connection: &Connection) -> Result<usize, StoreError> {
    let from = fact(connection, "indexed_audit")?;
    let to: Option<i64> = connection.query_row(
        "SELECT max(number) FROM
           (SELECT number FROM audit WHERE number > ? ORDER BY number LIMIT ?)",
        params![from, INDEX_STEP],
        |row| row.get(0),
    )?;
    let Some(to) = to else { return Ok(0) };
    let count = connection.execute(
        "INSERT OR IGNORE INTO audit_subject (subject, number)
         SELECT subject, number FROM audit WHERE number > ?1 AND number <= ?2
         UNION ALL
         SELECT substr(detail, instr(detail, ' about=') + 7), number FROM audit
         WHERE number > ?1 AND number <= ?2 AND instr(detail, ' about=') > 0
         ORDER BY 1, 2",
        params![from, to],
    )?;
    set_fact(connection, "indexed_audit", to)?;
    Ok(count)
}

pub(super) fn forget_tokens(
    connection: &Connection,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let deleted = connection.execute(
        "DELETE FROM used_token WHERE forget_at < ? AND number IN
           (SELECT number FROM used_token ORDER BY number LIMIT ?)",
        params![now.as_microsecond(), TOKEN_STEP],
    )?;
    Ok(Outcome::Counted(u32::try_from(deleted).unwrap_or(u32::MAX)))
}

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

/// How the audit trail names a message: by its id, or by its place when the id is damaged.
pub(super) fn subject(seq: i64, id: ValueRef<'_>) -> String {
    match id.as_str().map(MessageId::parse) {
        Ok(Ok(id)) => id.to_string(),
        _ => format!("seq:{seq}"),
    }
}

pub(super) fn forget(
    connection: &Connection,
    (before, at): (Timestamp, Timestamp),
    limit: u32,
    waiting_position: &dyn Fn(i64, &Effects) -> Option<i64>,
    effects: &mut Effects,
) -> Result<Outcome, StoreError> {
    let mut oldest = connection.prepare_cached(
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
        connection
            .prepare_cached("DELETE FROM sent WHERE mailbox = ? AND seq = ?")?
            .execute(params![sender, seq])?;
        connection
            .prepare_cached("DELETE FROM received WHERE mailbox = ? AND seq = ?")?
            .execute(params![recipient, seq])?;
        if let Some(position) = waiting_position(seq, effects) {
            connection
                .prepare_cached("DELETE FROM pending WHERE position = ?")?
                .execute(params![position])?;
        }
        let did = ("exchange", "forgotten");
        effects.trail.append(connection, at, did, &subject, "")?;
        effects.leave(seq);
        range = Some((range.map_or(seq, |(first, _)| first), seq));
        count += 1;
    }
    if let Some((first, last)) = range {
        forget_range(connection, first, last, effects)?;
    }
    Ok(Outcome::Counted(count))
}

/// Messages that follow one another in the order of arrival, all at once.
fn forget_range(
    connection: &Connection,
    first: i64,
    last: i64,
    effects: &mut Effects,
) -> Result<(), StoreError> {
    let mut objects = connection.prepare_cached(
        "SELECT object FROM message WHERE seq BETWEEN ?1 AND ?2 AND object IS NOT NULL
         UNION ALL SELECT object FROM chunk WHERE seq BETWEEN ?1 AND ?2 AND object IS NOT NULL",
    )?;
    // a key that cannot be read leaves its file to the sweep
    let keys = objects.query_map(params![first, last], |row| Ok(row.get::<_, String>(0).ok()))?;
    for key in keys {
        effects.unreferenced.extend(key?);
    }
    for table in TABLES_BY_SEQ.iter().chain(&["message"]) {
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE seq BETWEEN ? AND ?"))?
            .execute(params![first, last])?;
    }
    Ok(())
}

pub(super) fn reset(
    connection: &Connection,
    mailbox: Option<&MailboxId>,
    at: Timestamp,
    effects: &mut Effects,
) -> Result<Outcome, StoreError> {
    let subject = mailbox.map_or("all", MailboxId::as_str);
    let did = ("sandbox", "reset");
    effects.trail.append(connection, at, did, subject, "")?;
    effects
        .appeared
        .retain(|(owner, _, _)| mailbox.is_some_and(|mailbox| owner != mailbox));
    effects.cleared.push(mailbox.cloned());
    match mailbox {
        Some(mailbox) => {
            connection.execute(
                "DELETE FROM pending WHERE recipient = ?",
                params![mailbox.as_str()],
            )?;
            for table in ["sent", "received"] {
                connection.execute(
                    &format!("DELETE FROM {table} WHERE mailbox = ?"),
                    params![mailbox.as_str()],
                )?;
            }
        }
        None => {
            let mut objects = connection.prepare(
                "SELECT object FROM message WHERE object IS NOT NULL
                 UNION ALL SELECT object FROM chunk WHERE object IS NOT NULL",
            )?;
            for object in objects.query_map([], |row| row.get::<_, String>(0))? {
                effects.unreferenced.push(object?);
            }
            for table in TABLES_BY_SEQ
                .iter()
                .chain(&["pending", "sent", "received", "message"])
            {
                connection.execute(&format!("DELETE FROM {table}"), [])?;
            }
        }
    }
    Ok(Outcome::Done)
}
