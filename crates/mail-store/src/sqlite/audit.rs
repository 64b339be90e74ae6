//! The audit trail of the embedded home.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::{lists, schema};
use crate::StoreError;
use crate::audit::{
    AuditCheck, AuditHash, AuditHead, AuditLine, Check, Did, Line, SHORTENED, Stored,
    before_the_first,
};
use crate::stored::time;

/// So many lines are read in one go, so that a check never holds up the log's checkpoints.
const READ_STEP: u32 = 10_000;
/// So many lines are deleted in one transaction, so that sends never wait long.
const DELETE_STEP: u32 = 5_000;

/// The end of the trail within one transaction.
#[derive(Default)]
pub(super) struct Trail {
    head: Option<(i64, Vec<u8>)>,
}

impl Trail {
    /// Appends a line. The connection must be inside a transaction that may write.
    pub(super) fn append(
        &mut self,
        connection: &Connection,
        at: Timestamp,
        (actor, action): (&str, &str),
        subject: &str,
        detail: &str,
    ) -> Result<(), StoreError> {
        let (last, previous) = match self.head.take() {
            Some(head) => head,
            None => head(connection)?,
        };
        let line = Line {
            number: last + 1,
            at: at.as_microsecond(),
            actor,
            action,
            subject,
            detail,
        };
        let hash = line.hash(&previous);
        connection
            .prepare_cached(
                "INSERT INTO audit (number, at, actor, action, subject, detail, hash)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                line.number,
                line.at,
                actor,
                action,
                subject,
                detail,
                hash
            ])?;
        self.head = Some((line.number, hash.to_vec()));
        Ok(())
    }
}

/// Number and hash of the last line. Whatever bytes stand in the place of a hash are chained: a
/// trail somebody tampered with is told by its check, and does not stop the mail.
fn head(connection: &Connection) -> Result<(i64, Vec<u8>), StoreError> {
    let found = connection
        .prepare_cached("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| {
            Ok((
                row.get(0)?,
                row.get_ref(1)?.as_bytes_or_null()?.map(<[u8]>::to_vec),
            ))
        })
        .optional()?;
    Ok(match found {
        Some((number, hash)) => (number, hash.unwrap_or_default()),
        None => (0, before_the_first().to_vec()),
    })
}

/// Gives every line its hash, for a trail that had none.
pub(super) fn chain_all(connection: &Connection) -> Result<(), StoreError> {
    let mut previous = before_the_first();
    let mut lines = connection
        .prepare("SELECT number, at, actor, action, subject, detail FROM audit ORDER BY number")?;
    let mut set = connection.prepare("UPDATE audit SET hash = ? WHERE number = ?")?;
    let mut rows = lines.query([])?;
    while let Some(row) = rows.next()? {
        let (actor, action): (String, String) = (row.get(2)?, row.get(3)?);
        let (subject, detail): (String, String) = (row.get(4)?, row.get(5)?);
        let line = Line {
            number: row.get(0)?,
            at: row.get(1)?,
            actor: &actor,
            action: &action,
            subject: &subject,
            detail: &detail,
        };
        previous = line.hash(&previous);
        set.execute(params![previous, line.number])?;
    }
    Ok(())
}

/// Checks every line of the trail in a store's directory against the hash of the one before, and
/// that it still holds a line noted earlier. Works beside a running server.
pub fn verify_audit(directory: &Path, noted: Option<AuditHead>) -> Result<AuditCheck, StoreError> {
    let connection = schema::open_existing(directory)?;
    let mut check = Check::new(beginning(&connection)?, noted);
    while check_step(&connection, &mut check)? {}
    Ok(check.end(lists::fact(&connection, "last_seq")? > 0))
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
fn beginning(connection: &Connection) -> Result<AuditHead, StoreError> {
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

/// The lines about a message, a mailbox or a workflow, and of reports about it, oldest first.
/// Reads the whole trail: about a second for ten million lines.
pub fn audit_lines(directory: &Path, subject: &str) -> Result<Vec<AuditLine>, StoreError> {
    let connection = schema::open_existing(directory)?;
    let mut lines = connection.prepare(
        "SELECT number, at, actor, action, subject, detail FROM audit
         WHERE subject = ?1 OR instr(' ' || detail || ' ', ' about=' || ?1 || ' ') > 0
         ORDER BY number",
    )?;
    let mut rows = lines.query(params![subject])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(AuditLine {
            number: row.get(0)?,
            at: time(row.get(1)?)?,
            actor: row.get(2)?,
            action: row.get(3)?,
            subject: row.get(4)?,
            detail: row.get(5)?,
        });
    }
    Ok(found)
}

/// Forgets the lines before a time; the chain then begins at the line after the last forgotten
/// one, as a new line in the trail itself says. Returns how many were forgotten.
pub fn shorten_audit(
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
        let did = Did::shortened(&last, at);
        let said = (did.actor.as_str(), did.action);
        Trail::default().append(&transaction, at, said, &did.subject, &did.detail)?;
    }
    transaction.commit()?;
    let mut deleted = 0;
    loop {
        connection.execute(
            "DELETE FROM audit_subject WHERE (subject, number) IN
               (SELECT subject, number FROM audit WHERE number <= ? ORDER BY number LIMIT ?)",
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
