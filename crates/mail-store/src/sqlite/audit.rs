//! The audit trail of the embedded home.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::{lists, schema};
use crate::StoreError;
use crate::audit::{AuditCheck, AuditHash, AuditHead, AuditLine, Line, before_the_first};
use crate::stored::time;

/// So many lines are read in one go, so that a check never holds up the log's checkpoints.
const READ_STEP: u32 = 10_000;
/// So many lines are deleted in one transaction, so that sends never wait long.
const DELETE_STEP: u32 = 5_000;
/// The action of the line that says where a shortened trail begins.
const SHORTENED: &str = "audit shortened";

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
    let mut check = AuditCheck {
        lines: 0,
        head: beginning(&connection)?,
        broken: None,
    };
    let mut noted_seen = noted.is_none_or(|noted| noted.number <= check.head.number);
    while check.broken.is_none() {
        let before = check.head.number;
        check_step(&connection, &mut check, |head| {
            noted_seen |= noted.is_some_and(|noted| noted == *head);
        })?;
        if check.head.number == before {
            break;
        }
    }
    if check.broken.is_none() && check.head.number == 0 && lists::fact(&connection, "last_seq")? > 0
    {
        check.broken = Some((1, "the trail is empty, yet messages were accepted"));
    }
    if let (None, false, Some(noted)) = (check.broken, noted_seen, noted) {
        let reason = if noted.number > check.head.number {
            "the trail ends before the line noted"
        } else {
            "the line is not the one noted"
        };
        check.broken = Some((noted.number, reason));
    }
    Ok(check)
}

/// Checks the next lines. Leaves `check.head` where it was at the trail's end.
fn check_step(
    connection: &Connection,
    check: &mut AuditCheck,
    mut seen: impl FnMut(&AuditHead),
) -> Result<(), StoreError> {
    let mut lines = connection.prepare_cached(
        "SELECT number, at, actor, action, subject, detail, hash FROM audit WHERE number > ?
         ORDER BY number LIMIT ?",
    )?;
    let mut rows = lines.query(params![check.head.number, READ_STEP])?;
    while let Some(row) = rows.next()? {
        let expected = check.head.number + 1;
        let number: i64 = row.get(0)?;
        if number != expected {
            // the trail may have been shortened since the check began
            let start = beginning(connection)?;
            if start.number >= expected {
                check.head = start;
                return Ok(());
            }
            check.broken = Some((expected, "the line is missing"));
            return Ok(());
        }
        let (Ok(at), Ok(actor), Ok(action), Ok(subject), Ok(detail), Ok(hash)) = (
            row.get_ref(1)?.as_i64(),
            row.get_ref(2)?.as_str(),
            row.get_ref(3)?.as_str(),
            row.get_ref(4)?.as_str(),
            row.get_ref(5)?.as_str(),
            row.get_ref(6)?.as_blob(),
        ) else {
            check.broken = Some((number, "the line cannot be read"));
            return Ok(());
        };
        let line = Line {
            number,
            at,
            actor,
            action,
            subject,
            detail,
        };
        let computed = line.hash(&check.head.hash);
        if computed != *hash {
            check.broken = Some((number, "the line does not agree with its hash"));
            return Ok(());
        }
        check.lines += 1;
        check.head = AuditHead {
            number,
            hash: computed,
        };
        seen(&check.head);
    }
    Ok(())
}

/// Where the trail begins: before its first line, or after the last line that was forgotten.
fn beginning(connection: &Connection) -> Result<AuditHead, StoreError> {
    let shortened: Option<(String, String)> = connection
        .query_row(
            "SELECT subject, detail FROM audit WHERE action = ? AND actor = 'operator'
             ORDER BY number DESC LIMIT 1",
            params![SHORTENED],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let head = shortened.and_then(|(number, hash)| {
        Some(AuditHead {
            number: number.parse().ok()?,
            hash: parse_hash(&hash)?,
        })
    });
    Ok(head.unwrap_or(AuditHead {
        number: 0,
        hash: before_the_first(),
    }))
}

fn parse_hash(hex: &str) -> Option<AuditHash> {
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    let mut hash = [0u8; 32];
    for (place, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(hash)
}

impl AuditHead {
    /// The inverse of its text, `NUMBER:HASH` with the hash in hexadecimal.
    pub fn parse(text: &str) -> Option<Self> {
        let (number, hash) = text.split_once(':')?;
        Some(Self {
            number: number.parse().ok()?,
            hash: parse_hash(hash)?,
        })
    }
}

impl std::fmt::Display for AuditHead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:", self.number)?;
        self.hash
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
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
        let (number, hash) = (last.number.to_string(), last.to_string());
        let hash = hash.split_once(':').map_or("", |(_, hash)| hash);
        let actor = ("operator", SHORTENED);
        Trail::default().append(&transaction, at, actor, &number, hash)?;
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
