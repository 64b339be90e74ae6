//! The queue of routing jobs. There is one server, so a lease has nobody to keep out.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Row, params};

use super::records::SqliteRecords;
use super::row::{self, MESSAGE, optional_mailbox};
use crate::StoreError;
use crate::backend::row::{message_id, time, workflow};
use crate::contract::{
    QueuedJob, RoutingBacklog, RoutingJob, RoutingQueue, RoutingSummary, Sealed,
};

/// So many jobs that are due at once are not sorted.
const MANY: u32 = 512;

#[async_trait]
impl RoutingQueue for SqliteRecords {
    async fn routing_due(
        &self,
        now: Timestamp,
        _lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<QueuedJob>, StoreError> {
        self.read(move |connection| {
            let now = now.as_microsecond();
            let due: u32 = connection
                .prepare_cached(
                    "SELECT count(*) FROM (SELECT 1 FROM routing WHERE next_at <= ? LIMIT ?)",
                )?
                .query_row(params![now, MANY], |row| row.get(0))?;
            // few are sorted; of many most are due, and the turns are followed as far as needed
            let index = if due < MANY {
                "routing_due"
            } else {
                "routing_turn"
            };
            let mut statement = connection.prepare_cached(&format!(
                "SELECT q.*, j.address, j.order_key, j.since, j.attempts FROM (
                   SELECT * FROM routing r INDEXED BY {index}
                   WHERE r.next_at <= ? AND NOT EXISTS (
                     SELECT 1 FROM routing e WHERE e.order_key = r.order_key
                     AND e.next_at > r.next_at AND e.seq < r.seq)
                   ORDER BY r.turn, r.next_at, r.seq LIMIT ?) j
                 JOIN ({MESSAGE}) q ON q.seq = j.seq ORDER BY j.turn, j.next_at, j.seq"
            ))?;
            let mut rows = statement.query(params![now, limit])?;
            let mut jobs = Vec::new();
            while let Some(row) = rows.next()? {
                jobs.push(match job(row) {
                    Ok(job) => QueuedJob::Due(Box::new(job)),
                    Err(_) => QueuedJob::Damaged {
                        seq: row.get("seq")?,
                    },
                });
            }
            Ok(jobs)
        })
        .await
    }

    async fn next_routing(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT min(next_at) FROM routing";
            let next: Option<i64> = connection.query_row(sql, [], |row| row.get(0))?;
            next.map(time).transpose()
        })
        .await
    }

    async fn routing_backlog(&self) -> Result<RoutingBacklog, StoreError> {
        self.read(|connection| {
            let sql = "SELECT count(*), min(since) FROM routing";
            let (waiting, oldest): (i64, Option<i64>) =
                connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(RoutingBacklog {
                waiting: waiting.unsigned_abs(),
                oldest: oldest.map(time).transpose()?,
            })
        })
        .await
    }

    async fn routing_queue(&self, limit: u32) -> Result<Vec<RoutingSummary>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT m.id, m.sender, m.workflow, r.since, r.attempts, r.next_at
                 FROM (SELECT * FROM routing ORDER BY next_at, seq LIMIT ?) r
                 JOIN message m ON m.seq = r.seq ORDER BY r.next_at, r.seq",
            )?;
            let mut rows = statement.query(params![limit])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(RoutingSummary {
                    message: message_id(&row.get::<_, String>(0)?)?,
                    sender: optional_mailbox(row, 1)?,
                    workflow: workflow(&row.get::<_, String>(2)?)?,
                    accepted_at: time(row.get(3)?)?,
                    attempts: row.get(4)?,
                    next_at: time(row.get(5)?)?,
                });
            }
            Ok(found)
        })
        .await
    }
}

fn job(row: &Row<'_>) -> Result<RoutingJob, StoreError> {
    Ok(RoutingJob {
        message: row::message(row)?,
        address: Sealed(row.get("address")?),
        order_key: row.get("order_key")?,
        since: time(row.get("since")?)?,
        attempts: row.get("attempts")?,
    })
}
