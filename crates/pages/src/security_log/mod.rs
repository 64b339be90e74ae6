//! The security log: who did or tried what, from where, when. Its lines are only ever added, and the
//! hash of each covers the line before, so that none can be changed, taken out or put in unseen.

mod line;
mod shortening;

use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use crate::PagesError;
pub use line::SecurityLine;
use line::before_the_first;

pub(crate) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS security_log (
    number  INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,           -- microseconds since 1970
    who     TEXT NOT NULL,
    source  TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL,
    session TEXT NOT NULL,
    hash    TEXT NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS security_log_is_not_changed BEFORE UPDATE ON security_log
BEGIN SELECT RAISE(ABORT, 'lines of the security log are not changed'); END;
CREATE TRIGGER IF NOT EXISTS security_log_keeps_its_end BEFORE DELETE ON security_log
WHEN OLD.number > coalesce((SELECT CAST(subject AS INTEGER) FROM security_log
    WHERE action = 'security log shortened' ORDER BY number DESC LIMIT 1), 0)
BEGIN SELECT RAISE(ABORT, 'lines of the security log are not removed'); END;
";

const COLUMNS: &str = "number, at, who, source, action, subject, outcome, session, hash";
/// Lines that are read at once.
const PART: u32 = 1_000;

/// What is to be noted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Event {
    pub(crate) who: String,
    pub(crate) from: String,
    pub(crate) action: &'static str,
    pub(crate) subject: String,
    pub(crate) outcome: &'static str,
    pub(crate) session: String,
}

/// The security log of one service, in its users' file. Cheap to clone. The functions block.
#[derive(Clone)]
pub struct SecurityLog {
    connection: Arc<Mutex<Connection>>,
}

/// What a check of the chain found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SecurityCheck {
    /// How many lines agree with their hashes.
    pub lines: u64,
    /// The last of them as `NUMBER:HASH`. Noted elsewhere, it tells later whether lines were cut off.
    pub head: String,
    /// The number of the first line that is missing or does not agree.
    pub broken: Option<i64>,
}

impl SecurityLog {
    pub(crate) fn over(connection: Arc<Mutex<Connection>>) -> Self {
        Self { connection }
    }

    /// Adds a line; it is on the disk when this returns.
    pub(crate) fn add(&self, now: Timestamp, event: &Event) -> Result<(), PagesError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        append(&transaction, now, event)?;
        Ok(transaction.commit()?)
    }

    /// Adds a line about what a service did by itself, as its settings ask: who is `service`.
    ///
    /// # Errors
    /// [`PagesError::Records`] when the file cannot be written.
    pub fn add_of_service(
        &self,
        now: Timestamp,
        action: &'static str,
        what: &str,
    ) -> Result<(), PagesError> {
        let event = Event {
            who: "service".to_owned(),
            from: "this machine".to_owned(),
            action,
            subject: what.to_owned(),
            outcome: "ok",
            session: String::new(),
        };
        self.add(now, &event)
    }

    /// The lines after a number, the oldest first, `limit` at most.
    ///
    /// # Errors
    /// [`PagesError::Records`] when the file cannot be read.
    pub fn after(&self, number: i64, limit: u32) -> Result<Vec<SecurityLine>, PagesError> {
        let connection = self.connection.lock();
        let sql =
            format!("SELECT {COLUMNS} FROM security_log WHERE number > ? ORDER BY number LIMIT ?");
        let lines = connection
            .prepare_cached(&sql)?
            .query_map(params![number, limit], line)?
            .collect::<Result<_, _>>()?;
        Ok(lines)
    }

    /// Checks each line against the hash of the one before, from where the log begins.
    ///
    /// # Errors
    /// [`PagesError::Records`] when the file cannot be read.
    pub fn check(&self) -> Result<SecurityCheck, PagesError> {
        let (begins_after, mut hash) = shortening::beginning(&self.connection.lock())?;
        let mut last = begins_after;
        let found = |last: i64, hash: &str, broken| SecurityCheck {
            lines: u64::try_from(last - begins_after).unwrap_or_default(),
            head: format!("{last}:{hash}"),
            broken,
        };
        loop {
            let part = self.after(last, PART)?;
            if part.is_empty() {
                return Ok(found(last, &hash, None));
            }
            for line in part {
                let expected = last + 1;
                if line.number != expected || line.hash != line.hash_after(&hash) {
                    return Ok(found(last, &hash, Some(expected)));
                }
                (last, hash) = (line.number, line.hash);
            }
        }
    }
}

/// Adds a line within a transaction that holds the file's lock.
pub(crate) fn append(
    connection: &Connection,
    now: Timestamp,
    event: &Event,
) -> Result<(), PagesError> {
    let last = connection
        .prepare_cached("SELECT number, hash FROM security_log ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (number, previous): (i64, String) = last.unwrap_or_else(|| (0, before_the_first()));
    let mut line = SecurityLine {
        number: number + 1,
        at: now,
        who: event.who.clone(),
        from: event.from.clone(),
        action: event.action.to_owned(),
        subject: event.subject.clone(),
        outcome: event.outcome.to_owned(),
        session: event.session.clone(),
        hash: String::new(),
    };
    line.hash = line.hash_after(&previous);
    let sql = format!("INSERT INTO security_log ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)");
    connection.prepare_cached(&sql)?.execute(params![
        line.number,
        line.at.as_microsecond(),
        line.who,
        line.from,
        line.action,
        line.subject,
        line.outcome,
        line.session,
        line.hash,
    ])?;
    Ok(())
}

fn line(row: &Row<'_>) -> rusqlite::Result<SecurityLine> {
    Ok(SecurityLine {
        number: row.get(0)?,
        at: Timestamp::from_microsecond(row.get(1)?).unwrap_or_default(),
        who: row.get(2)?,
        from: row.get(3)?,
        action: row.get(4)?,
        subject: row.get(5)?,
        outcome: row.get(6)?,
        session: row.get(7)?,
        hash: row.get(8)?,
    })
}
