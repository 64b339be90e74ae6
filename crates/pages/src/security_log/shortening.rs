//! The security log forgets what is old. A line says so and where the log begins from then on; the chain is
//! checked from there.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::line::before_the_first;
use super::{Event, SecurityLog, append};
use crate::PagesError;

/// What the line is called; its subject is the last forgotten line as `NUMBER:HASH`.
const SHORTENED: &str = "security log shortened";
/// Lines that are removed at once: others write in between.
const STEP: u32 = 10_000;

impl SecurityLog {
    /// Forgets the lines before a time, as a command on the machine does. Gives how many. Blocks.
    ///
    /// # Errors
    /// [`PagesError::Records`] when the file cannot be written.
    pub fn shorten(&self, before: Timestamp, now: Timestamp) -> Result<u64, PagesError> {
        self.forget("operator", before, now)
    }

    /// Forgets what is older than so many days, as a setting asks. Gives how many lines. Blocks.
    ///
    /// # Errors
    /// [`PagesError::Records`] when the file cannot be written.
    pub fn keep_days(&self, days: u32, now: Timestamp) -> Result<u64, PagesError> {
        let age = SignedDuration::from_hours(24 * i64::from(days));
        match now.checked_sub(age) {
            Ok(before) => self.forget("service", before, now),
            Err(_) => Ok(0),
        }
    }

    fn forget(&self, who: &str, before: Timestamp, now: Timestamp) -> Result<u64, PagesError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (begins_after, _) = beginning(&transaction)?;
        let last = last_forgotten(&transaction, begins_after, before)?;
        if let Some((number, hash)) = &last {
            let event = Event {
                who: who.to_owned(),
                from: "this machine".to_owned(),
                action: SHORTENED,
                subject: format!("{number}:{hash}"),
                outcome: "ok",
                session: String::new(),
            };
            append(&transaction, now, &event)?;
        }
        transaction.commit()?;
        drop(connection);
        // Also what an earlier time left behind, when it was interrupted here.
        self.remove(last.map_or(begins_after, |(number, _)| number))
    }

    /// Removes the lines up to a number, step by step.
    fn remove(&self, number: i64) -> Result<u64, PagesError> {
        let mut removed = 0;
        loop {
            let step = self.connection.lock().execute(
                "DELETE FROM security_log WHERE number IN
                   (SELECT number FROM security_log WHERE number <= ? ORDER BY number LIMIT ?)",
                params![number, STEP],
            )?;
            removed += u64::try_from(step).unwrap_or_default();
            if step == 0 {
                return Ok(removed);
            }
        }
    }
}

/// The last line before a time, and before every line that is younger; none when nothing is old enough.
fn last_forgotten(
    connection: &Connection,
    begins_after: i64,
    before: Timestamp,
) -> rusqlite::Result<Option<(i64, String)>> {
    let mut last = connection.prepare(
        "SELECT number, hash FROM security_log WHERE number > ?1 AND number < coalesce(
           (SELECT min(number) FROM security_log WHERE number > ?1 AND at >= ?2), 9223372036854775807)
         ORDER BY number DESC LIMIT 1",
    )?;
    let last = last.query_row(params![begins_after, before.as_microsecond()], |row| {
        Ok((row.get(0)?, row.get(1)?))
    });
    last.optional()
}

/// The line after which the log begins, and its hash.
pub(super) fn beginning(connection: &Connection) -> rusqlite::Result<(i64, String)> {
    let mut said = connection.prepare(
        "SELECT subject FROM security_log WHERE action = ? ORDER BY number DESC LIMIT 1",
    )?;
    let said: Option<String> = said.query_row([SHORTENED], |row| row.get(0)).optional()?;
    let parsed = said.as_deref().and_then(|said| {
        let (number, hash) = said.split_once(':')?;
        Some((number.parse().ok()?, hash.to_owned()))
    });
    Ok(parsed.unwrap_or_else(|| (0, before_the_first())))
}
