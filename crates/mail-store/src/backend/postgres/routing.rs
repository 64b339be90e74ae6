//! The queue of routing jobs, each of which one server at a time holds.

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::timeout;

use super::connect::to_store_error;
use super::pool::Lent;
use super::records::{PostgresRecords, READ_WITHIN, not_lent_again};
use super::row::MESSAGE;
use crate::StoreError;
use crate::backend::row::{self, RowReader, count, message_id, workflow};
use crate::contract::{
    QueuedJob, RoutingBacklog, RoutingJob, RoutingQueue, RoutingSummary, Sealed,
};

/// Held while a node claims jobs: otherwise a second node, which does not see the first one's
/// claims yet, might claim a later job of the same sender and patient.
const CLAIMING: &str = "SELECT pg_advisory_xact_lock(7237970109966541413)";

const IS_ANY_DUE: &str = "SELECT seq FROM routing
WHERE next_at <= $1 AND (leased_until <= $1 OR node = $2) ORDER BY next_at, seq LIMIT 1";

/// A node's own jobs are returned again, and their lease is renewed once half of it has passed: it
/// still asks for them, so it lives.
const CLAIM: &str = "
WITH due AS (SELECT q.seq FROM routing q
  WHERE q.next_at <= $1 AND (q.leased_until <= $1 OR q.node = $2) AND NOT EXISTS (
    SELECT 1 FROM routing e WHERE e.order_key = q.order_key AND e.seq < q.seq
    AND (e.next_at > q.next_at OR (e.leased_until > $1 AND e.node <> $2)))
  ORDER BY q.turn, q.next_at, q.seq LIMIT $4 FOR UPDATE SKIP LOCKED),
claimed AS (UPDATE routing q SET node = $2, leased_until = $3 FROM due d
  WHERE q.seq = d.seq AND (q.node IS DISTINCT FROM $2 OR q.leased_until < $1 + ($3 - $1) / 2))
SELECT seq FROM due";

#[async_trait]
impl RoutingQueue for PostgresRecords {
    async fn routing_due(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<QueuedJob>, StoreError> {
        let (now, until) = (now.as_microsecond(), lease_until.as_microsecond());
        if self.rows(IS_ANY_DUE, &[&now, &self.node]).await?.is_empty() {
            return Ok(Vec::new());
        }
        let seqs = self.claim(now, until, limit).await?;
        self.jobs(&seqs).await
    }

    async fn next_routing(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT next_at FROM routing ORDER BY next_at LIMIT 1";
        let row = self.row(sql, &[]).await?;
        row.map_or(Ok(None), |row| row.time("next_at"))
    }

    async fn routing_backlog(&self) -> Result<RoutingBacklog, StoreError> {
        let sql = "SELECT count(*) AS waiting, min(since) AS oldest FROM routing";
        let Some(row) = self.row(sql, &[]).await? else {
            return Ok(RoutingBacklog::default());
        };
        Ok(RoutingBacklog {
            waiting: u64::try_from(row.needed("waiting")?).unwrap_or(0),
            oldest: row.time("oldest")?,
        })
    }

    async fn routing_queue(&self, limit: u32) -> Result<Vec<RoutingSummary>, StoreError> {
        let rows = self
            .rows(
                "SELECT m.id, m.sender, m.workflow, q.since, q.attempts, q.next_at
                 FROM (SELECT * FROM routing ORDER BY next_at, seq LIMIT $1) q
                 JOIN message m ON m.seq = q.seq ORDER BY q.next_at, q.seq",
                &[&i64::from(limit)],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(RoutingSummary {
                    message: message_id(&row.needed_text("id")?)?,
                    sender: row.mailbox("sender")?,
                    workflow: workflow(&row.needed_text("workflow")?)?,
                    accepted_at: row.needed_time("since")?,
                    attempts: count(row.needed("attempts")?),
                    next_at: row.needed_time("next_at")?,
                })
            })
            .collect()
    }
}

impl PostgresRecords {
    /// The places in the order of arrival of the jobs that are this server's until then.
    async fn claim(&self, now: i64, until: i64, limit: u32) -> Result<Vec<i64>, StoreError> {
        let mut client = self.client().await?;
        let claimed = self.claim_by(&mut client, (now, until, limit));
        let Ok(claimed) = timeout(READ_WITHIN, claimed).await else {
            return Err(not_lent_again(client));
        };
        claimed.inspect_err(|error| self.look_elsewhere(&client, error))
    }

    async fn claim_by(
        &self,
        client: &mut Lent,
        (now, until, limit): (i64, i64, u32),
    ) -> Result<Vec<i64>, StoreError> {
        let claim = client.prepare_cached(CLAIM).await.map_err(to_store_error)?;
        let transaction = client.transaction().await.map_err(to_store_error)?;
        let locked = transaction.batch_execute(CLAIMING).await;
        locked.map_err(to_store_error)?;
        let claimed = transaction
            .query(&claim, &[&now, &self.node, &until, &i64::from(limit)])
            .await
            .map_err(to_store_error)?;
        transaction.commit().await.map_err(to_store_error)?;
        claimed.iter().map(|row| row.needed("seq")).collect()
    }

    async fn jobs(&self, seqs: &[i64]) -> Result<Vec<QueuedJob>, StoreError> {
        let sql = format!(
            "SELECT q.*, j.address, j.order_key, j.since, j.attempts FROM ({MESSAGE}) q
             JOIN routing j ON j.seq = q.seq WHERE q.seq = ANY($1)
             ORDER BY j.turn, j.next_at, j.seq"
        );
        let rows = self.rows(&sql, &[&seqs]).await?;
        rows.iter()
            .map(|row| {
                Ok(match job(row) {
                    Ok(job) => QueuedJob::Due(Box::new(job)),
                    Err(_) => QueuedJob::Damaged {
                        seq: row.needed("seq")?,
                    },
                })
            })
            .collect()
    }
}

fn job(row: &tokio_postgres::Row) -> Result<RoutingJob, StoreError> {
    let order_key = row.bytes("order_key")?.unwrap_or_default();
    Ok(RoutingJob {
        message: row::message(row)?,
        address: Sealed(row.bytes("address")?.unwrap_or_default()),
        order_key: order_key
            .try_into()
            .map_err(|_| StoreError::DamagedRecord("an order key"))?,
        since: row.needed_time("since")?,
        attempts: count(row.needed("attempts")?),
    })
}
