//! Pairs that stay in IN, since this practice does not take their workflow.

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::PracticeError;

/// Whether a pair was seen before.
pub(crate) fn is_known(connection: &Connection, base: &str) -> Result<bool, PracticeError> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM left_in_in WHERE base = ?1")?
        .exists([base])?)
}

/// Writes down a pair that was not seen before.
pub(crate) fn add(
    connection: &Connection,
    base: &str,
    workflow: &str,
    at: Timestamp,
) -> Result<(), PracticeError> {
    connection.execute(
        "INSERT OR IGNORE INTO left_in_in (base, workflow, seen_at) VALUES (?1, ?2, ?3)",
        params![base, workflow, at.as_millisecond()],
    )?;
    Ok(())
}

/// The pairs that were seen and are no longer in IN.
pub(crate) fn gone(
    connection: &Connection,
    present: &HashSet<&str>,
) -> Result<Vec<String>, PracticeError> {
    let mut statement = connection.prepare_cached("SELECT base FROM left_in_in")?;
    let known: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let is_gone = |base: &String| !present.contains(base.as_str());
    Ok(known.into_iter().filter(is_gone).collect())
}

/// Forgets pairs.
pub(crate) fn forget(connection: &Connection, bases: &[String]) -> Result<(), PracticeError> {
    let mut statement = connection.prepare_cached("DELETE FROM left_in_in WHERE base = ?1")?;
    for base in bases {
        statement.execute([base])?;
    }
    Ok(())
}
