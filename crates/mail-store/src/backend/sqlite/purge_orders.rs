//! What operators want removed: given beside a running server, carried out by it.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::records::SqliteRecords;
use crate::StoreError;
use crate::contract::{Outcome, Purge, PurgeOrder, Purging};

#[async_trait]
impl Purging for SqliteRecords {
    async fn purge_orders(&self) -> Result<Vec<PurgeOrder>, StoreError> {
        self.read(|connection| {
            let mut open = connection.prepare_cached(
                "SELECT number, mailbox, states, before FROM purge_order WHERE removed IS NULL
                 ORDER BY number",
            )?;
            let mut rows = open.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let (mailbox, states): (String, String) = (row.get(1)?, row.get(2)?);
                let order = PurgeOrder::read(row.get(0)?, &mailbox, &states, row.get(3)?);
                found.extend(order.inspect_err(unreadable).ok());
            }
            Ok(found)
        })
        .await
    }
}

/// It holds up no other.
fn unreadable(error: &StoreError) {
    tracing::error!(%error, "an order to remove messages cannot be read");
}

/// A new order; its number.
pub(super) fn add(
    connection: &Connection,
    purge: &Purge,
    at: Timestamp,
) -> Result<i64, StoreError> {
    connection.execute(
        "INSERT INTO purge_order (mailbox, states, before, at) VALUES (?, ?, ?, ?)",
        params![
            purge.mailbox.as_str(),
            purge.states_text(),
            purge.before.as_microsecond(),
            at.as_microsecond()
        ],
    )?;
    Ok(connection.last_insert_rowid())
}

/// How many messages an order removed; `None` while it is not carried out.
pub(super) fn removed(connection: &Connection, order: i64) -> Result<Option<u64>, StoreError> {
    let removed: Option<Option<i64>> = connection
        .query_row(
            "SELECT removed FROM purge_order WHERE number = ?",
            params![order],
            |row| row.get(0),
        )
        .optional()?;
    Ok(removed.flatten().map(i64::unsigned_abs))
}

pub(super) fn end(
    connection: &Connection,
    order: i64,
    removed: u64,
) -> Result<Outcome, StoreError> {
    let removed = i64::try_from(removed).unwrap_or(i64::MAX);
    let ended = connection.execute(
        "UPDATE purge_order SET removed = ? WHERE number = ? AND removed IS NULL",
        params![removed, order],
    )?;
    Ok(if ended == 1 {
        Outcome::Done
    } else {
        Outcome::NotFound
    })
}
