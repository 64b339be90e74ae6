//! Brings the lists up to date: by mailbox what was sent and received, by subject the audit trail.

use rusqlite::{Connection, params};

use super::facts::{fact, set_fact};
use crate::StoreError;
use crate::contract::Outcome;

/// How many rows of each kind one `Op::Index` looks at: sends wait for it, and it wants several rows
/// for each mailbox.
const STEP: u32 = 2_500;

pub(super) fn index(connection: &Connection) -> Result<Outcome, StoreError> {
    let messages_from = fact(connection, "indexed_seq")?;
    let messages_to: Option<i64> = connection.query_row(
        "SELECT max(seq) FROM (SELECT seq FROM message WHERE seq > ? ORDER BY seq LIMIT ?)",
        params![messages_from, STEP],
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
        params![routed_from, STEP],
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
    count += index_workflows(connection)?;
    count += index_audit(connection)?;
    Ok(Outcome::Counted(u32::try_from(count).unwrap_or(u32::MAX)))
}

/// Behind the others in a store from before there was this list.
fn index_workflows(connection: &Connection) -> Result<usize, StoreError> {
    let from = fact(connection, "indexed_workflow")?;
    let to: Option<i64> = connection.query_row(
        "SELECT max(seq) FROM (SELECT seq FROM message WHERE seq > ? ORDER BY seq LIMIT ?)",
        params![from, STEP],
        |row| row.get(0),
    )?;
    let Some(to) = to else { return Ok(0) };
    let count = connection.execute(
        "INSERT OR IGNORE INTO of_workflow (workflow, seq) SELECT workflow, seq FROM message
         WHERE seq > ? AND seq <= ? ORDER BY workflow, seq",
        params![from, to],
    )?;
    set_fact(connection, "indexed_workflow", to)?;
    Ok(count)
}

/// A line is found by its subject, and that of a report by the message it is about.
fn index_audit(connection: &Connection) -> Result<usize, StoreError> {
    let from = fact(connection, "indexed_audit")?;
    let to: Option<i64> = connection.query_row(
        "SELECT max(number) FROM
           (SELECT number FROM audit WHERE number > ? ORDER BY number LIMIT ?)",
        params![from, STEP],
        |row| row.get(0),
    )?;
    let Some(to) = to else { return Ok(0) };
    let count = connection.execute(
        "INSERT OR IGNORE INTO audit_subject (subject, number)
         SELECT subject, number FROM audit WHERE number > ?1 AND number <= ?2
         UNION ALL
         SELECT about, number FROM audit WHERE number > ?1 AND number <= ?2 AND about IS NOT NULL
         ORDER BY 1, 2",
        params![from, to],
    )?;
    set_fact(connection, "indexed_audit", to)?;
    Ok(count)
}
