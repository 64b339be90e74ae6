//! The audit trail for the operator: its check, what it says of a message, and its shortening.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::facts::fact;
use super::row::audit_line;
use super::schema;
use super::trail::{Trail, head};
use crate::StoreError;
use crate::audit::{AuditCheck, AuditEntry, AuditHash, AuditHead, Check, Line, SHORTENED, Stored};
use crate::contract::AuditLine;

/// How many lines are read in one go, so that a check never holds up the log's checkpoints.
const READ_STEP: u32 = 10_000;
/// How many lines are deleted in one transaction, so that sends never wait long.
const DELETE_STEP: u32 = 5_000;

/// Checks every line of the trail in a store's directory against the hash of the one before, and
/// that it still holds a line noted earlier. Works beside a running server.
pub(crate) fn verify_audit(
    directory: &Path,
    noted: Option<AuditHead>,
) -> Result<AuditCheck, StoreError> {
    let connection = schema::open_existing(directory)?;
    // read first: what is accepted while the check goes on is no message without a line
    let needed = fact(&connection, "last_seq")? > 0;
    let mut check = Check::new(beginning(&connection)?, noted);
    while check_step(&connection, &mut check)? {}
    Ok(check.end(needed))
}

/// Checks the next lines. False at the trail's end, or at the first line that disagrees.
fn check_step(connection: &Connection, check: &mut Check) -> Result<bool, StoreError> {
    let mut lines = connection.prepare_cached(
        "SELECT number, at, actor, action, subject, detail, hash FROM audit WHERE number > ?
         ORDER BY number LIMIT ?",
    )?;
    let mut rows = lines.query(params![check.last(), READ_STEP])?;
    let mut any = false;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        if number != check.last() + 1 {
            // the trail may have been shortened since the check began
            let start = beginning(connection)?;
            if start.number > check.last() {
                check.go_on_after(start);
                return Ok(true);
            }
        }
        any = check.see(&Stored {
            number,
            line: stored(row, number),
        });
        if !any {
            break;
        }
    }
    Ok(any)
}

fn stored<'a>(row: &'a Row<'_>, number: i64) -> Option<(Line<'a>, &'a [u8])> {
    let text = |column| row.get_ref(column).ok()?.as_str().ok();
    let line = Line {
        number,
        at: row.get_ref(1).ok()?.as_i64().ok()?,
        actor: text(2)?,
        action: text(3)?,
        subject: text(4)?,
        detail: text(5)?,
    };
    Some((line, row.get_ref(6).ok()?.as_blob().ok()?))
}

/// Where the trail begins.
pub(super) fn beginning(connection: &Connection) -> Result<AuditHead, StoreError> {
    let shortened: Option<(String, String)> = connection
        .query_row(
            "SELECT subject, detail FROM audit WHERE action = ? AND actor = 'operator'
             ORDER BY number DESC LIMIT 1",
            params![SHORTENED],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    Ok(AuditHead::beginning(shortened))
}

/// The lines about a message, a mailbox or a workflow, and of reports about it, oldest first: by the
/// list of subjects as far as it goes, then one by one.
pub(crate) fn audit_lines(directory: &Path, subject: &str) -> Result<Vec<AuditLine>, StoreError> {
    let connection = schema::open_existing(directory)?;
    let mut lines = connection.prepare(
        "SELECT number, at, actor, action, subject, detail FROM audit
         WHERE number IN (SELECT number FROM audit_subject WHERE subject = ?1)
         UNION ALL
         SELECT number, at, actor, action, subject, detail FROM audit
         WHERE number > coalesce((SELECT value FROM fact WHERE name = 'indexed_audit'), 0)
         AND (subject = ?1 OR about = ?1)
         ORDER BY number",
    )?;
    let mut rows = lines.query(params![subject])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(audit_line(row)?);
    }
    Ok(found)
}

/// The lines after a number, oldest first, `limit` at most.
pub(crate) fn audit_after(
    directory: &Path,
    number: i64,
    limit: u32,
) -> Result<Vec<AuditLine>, StoreError> {
    let connection = schema::open_existing(directory)?;
    let mut lines = connection.prepare(
        "SELECT number, at, actor, action, subject, detail FROM audit WHERE number > ?
         ORDER BY number LIMIT ?",
    )?;
    let mut rows = lines.query(params![number, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(audit_line(row)?);
    }
    Ok(found)
}

/// Forgets the lines before a time; the chain then begins at the line after the last forgotten
/// one, as a new line in the trail itself says. Returns how many were forgotten.
pub(crate) fn shorten_audit(
    directory: &Path,
    before: Timestamp,
    at: Timestamp,
) -> Result<u64, StoreError> {
    schema::open_existing(directory)?;
    let mut connection = schema::open_for_writing(directory)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let begins_after = beginning(&transaction)?.number;
    let first_kept: Option<i64> = transaction.query_row(
        "SELECT min(number) FROM audit WHERE number > ? AND at >= ?",
        params![begins_after, before.as_microsecond()],
        |row| row.get(0),
    )?;
    let last_forgotten = match first_kept {
        Some(number) => number - 1,
        None => head(&transaction)?.0,
    };
    if last_forgotten > begins_after {
        let hash: AuditHash = transaction.query_row(
            "SELECT hash FROM audit WHERE number = ?",
            params![last_forgotten],
            |row| row.get(0),
        )?;
        let last = AuditHead {
            number: last_forgotten,
            hash,
        };
        Trail::default().append(&transaction, &AuditEntry::shortened(&last, at))?;
    }
    transaction.commit()?;
    let mut deleted = 0;
    loop {
        connection.execute(
            "DELETE FROM audit_subject WHERE (subject, number) IN
               (SELECT subject, number FROM audit WHERE number <= ?1 ORDER BY number LIMIT ?2)
             OR (subject, number) IN
               (SELECT about, number FROM audit WHERE number <= ?1 ORDER BY number LIMIT ?2)",
            params![last_forgotten, DELETE_STEP],
        )?;
        let step = connection.execute(
            "DELETE FROM audit WHERE number IN
               (SELECT number FROM audit WHERE number <= ? ORDER BY number LIMIT ?)",
            params![last_forgotten, DELETE_STEP],
        )?;
        deleted += step as u64;
        if step == 0 {
            return Ok(deleted);
        }
    }
}
