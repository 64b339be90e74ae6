//! Numbers by name: the last ones given, and how far the lists are.

use rusqlite::{Connection, OptionalExtension, params};

use crate::StoreError;

/// 0 when it was never set.
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
