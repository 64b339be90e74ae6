//! What operators want removed: carried out by any server, or by the command that wants it.

use async_trait::async_trait;
use jiff::Timestamp;
use tokio_postgres::Row;

use super::records::PostgresRecords;
use super::session::Session;
use crate::StoreError;
use crate::backend::row::RowReader;
use crate::contract::{Outcome, Purge, PurgeOrder, Purging};

const OPEN: &str = "SELECT number, mailbox, states, before FROM purge_order WHERE removed IS NULL
ORDER BY number";

#[async_trait]
impl Purging for PostgresRecords {
    async fn purge_orders(&self) -> Result<Vec<PurgeOrder>, StoreError> {
        let rows = self.rows(OPEN, &[]).await?;
        // one that cannot be read holds up no other
        let unreadable =
            |error: &_| tracing::error!(%error, "an order to remove messages cannot be read");
        let readable = |row| read(row).inspect_err(unreadable).ok();
        Ok(rows.iter().filter_map(readable).collect())
    }
}

fn read(row: &Row) -> Result<PurgeOrder, StoreError> {
    let (mailbox, states) = (row.needed_text("mailbox")?, row.needed_text("states")?);
    let (number, before) = (row.needed("number")?, row.needed("before")?);
    PurgeOrder::read(number, &mailbox, &states, before)
}

/// A new order; its number.
pub(super) async fn add(
    session: &mut Session,
    purge: &Purge,
    at: Timestamp,
) -> Result<i64, StoreError> {
    let sql = "INSERT INTO purge_order (mailbox, states, before, at) VALUES ($1, $2, $3, $4)
       RETURNING number";
    let (before, at) = (purge.before.as_microsecond(), at.as_microsecond());
    let (mailbox, states) = (purge.mailbox.as_str(), purge.states_text());
    let added = session
        .query_opt(sql, &[&mailbox, &states, &before, &at])
        .await?;
    let added = added.ok_or(StoreError::DamagedRecord("an order to remove messages"))?;
    added.needed("number")
}

/// How many messages an order removed; `None` while it is not carried out.
pub(super) async fn removed(session: &mut Session, order: i64) -> Result<Option<u64>, StoreError> {
    let sql = "SELECT removed FROM purge_order WHERE number = $1";
    let row = session.query_opt(sql, &[&order]).await?;
    let removed = row.map_or(Ok(None), |row| row.integer("removed"))?;
    Ok(removed.map(i64::unsigned_abs))
}

pub(super) async fn end(
    session: &mut Session,
    order: i64,
    removed: u64,
) -> Result<Outcome, StoreError> {
    let removed = i64::try_from(removed).unwrap_or(i64::MAX);
    let sql = "UPDATE purge_order SET removed = $2 WHERE number = $1 AND removed IS NULL";
    let ended = session.execute(sql, &[&order, &removed]).await?;
    Ok(if ended == 1 {
        Outcome::Done
    } else {
        Outcome::NotFound
    })
}
