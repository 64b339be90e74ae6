//! How a practice stands, in numbers.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::Connection;

use super::time;
use crate::{AlertKind, PracticeError, Waiting};

/// Letters that lack an acknowledgement; the second number is how many of them are overdue.
pub(crate) fn unanswered(connection: &Connection) -> Result<(Waiting, u32), PracticeError> {
    let row = "SELECT count(*), min(placed_at), coalesce(sum(overdue), 0) FROM consultation
               WHERE state IN ('placed', 'sent', 'received')";
    let (count, oldest, overdue) = connection
        .prepare_cached(row)?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok((waiting(count, oldest)?, overdue))
}

/// Letters that were answered negatively, with an alert of it that is open.
pub(crate) fn negatively_answered(connection: &Connection) -> Result<u32, PracticeError> {
    let count = "SELECT count(DISTINCT consultation.id)
                 FROM alert JOIN consultation ON consultation.id = alert.consultation
                 WHERE alert.settled_at IS NULL AND consultation.state = 'failed'
                     AND consultation.failure_code GLOB '[0-9][0-9][0-9][0-9][0-9]'";
    Ok(connection
        .prepare_cached(count)?
        .query_row([], |row| row.get(0))?)
}

/// Open tasks.
pub(crate) fn tasks(connection: &Connection) -> Result<Waiting, PracticeError> {
    count(
        connection,
        "SELECT count(*), min(received_at) FROM task WHERE state = 'open'",
    )
}

/// Pairs in IN that nobody here takes.
pub(crate) fn left_in_in(connection: &Connection) -> Result<Waiting, PracticeError> {
    count(connection, "SELECT count(*), min(seen_at) FROM left_in_in")
}

/// Open alerts by kind; every kind is there.
pub(crate) fn alerts(connection: &Connection) -> Result<Vec<(AlertKind, Waiting)>, PracticeError> {
    let mut found: HashMap<AlertKind, Waiting> = HashMap::new();
    // This index holds all that is asked for, in the order of the causes; the planner would sort rows.
    let mut statement = connection.prepare_cached(
        "SELECT substr(key, 1, instr(key, ':') - 1), count(*), min(at)
         FROM alert INDEXED BY alert_by_cause WHERE settled_at IS NULL GROUP BY 1",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let kind = AlertKind::of_cause(&row.get::<_, String>(0)?);
        let these = waiting(row.get(1)?, row.get(2)?)?;
        let all = found.entry(kind).or_default();
        all.count += these.count;
        all.oldest = [all.oldest, these.oldest].into_iter().flatten().min();
    }
    let of = |kind| (kind, found.get(&kind).copied().unwrap_or_default());
    Ok(AlertKind::ALL.into_iter().map(of).collect())
}

fn count(connection: &Connection, sql: &str) -> Result<Waiting, PracticeError> {
    let (count, oldest) = connection
        .prepare_cached(sql)?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    waiting(count, oldest)
}

fn waiting(count: u32, oldest: Option<i64>) -> Result<Waiting, PracticeError> {
    let oldest: Option<Timestamp> = oldest.map(time).transpose()?;
    Ok(Waiting { count, oldest })
}
