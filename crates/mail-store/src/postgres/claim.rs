//! What one node at a time does: each routing job, and the housekeeping.

use jiff::Timestamp;

use super::columns::MESSAGE;
use super::home::Postgres;
use crate::StoreError;
use crate::message::{QueuedJob, RoutingJob, Sealed};
use crate::stored::{self, Cells, count};

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
  ORDER BY q.next_at, q.seq LIMIT $4 FOR UPDATE SKIP LOCKED),
claimed AS (UPDATE routing q SET node = $2, leased_until = $3 FROM due d
  WHERE q.seq = d.seq AND (q.node IS DISTINCT FROM $2 OR q.leased_until < $1 + ($3 - $1) / 2))
SELECT seq FROM due";

impl Postgres {
    pub(super) async fn claim_routing(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<QueuedJob>, StoreError> {
        let (now, until) = (now.as_microsecond(), lease_until.as_microsecond());
        if self.rows(IS_ANY_DUE, &[&now, &self.node]).await?.is_empty() {
            return Ok(Vec::new());
        }
        let mut client = self.client().await?;
        let claim = client
            .prepare_cached(CLAIM)
            .await
            .map_err(super::connect::meaning)?;
        let transaction = client
            .transaction()
            .await
            .map_err(super::connect::meaning)?;
        transaction
            .batch_execute(CLAIMING)
            .await
            .map_err(super::connect::meaning)?;
        let claimed = transaction
            .query(&claim, &[&now, &self.node, &until, &i64::from(limit)])
            .await
            .map_err(super::connect::meaning)?;
        transaction
            .commit()
            .await
            .map_err(super::connect::meaning)?;
        let seqs: Vec<i64> = claimed
            .iter()
            .map(|row| row.needed("seq"))
            .collect::<Result<_, _>>()?;
        drop(client);
        self.jobs(&seqs).await
    }

    async fn jobs(&self, seqs: &[i64]) -> Result<Vec<QueuedJob>, StoreError> {
        let sql = format!(
            "SELECT q.*, j.address, j.order_key, j.since, j.attempts FROM ({MESSAGE}) q
             JOIN routing j ON j.seq = q.seq WHERE q.seq = ANY($1) ORDER BY j.next_at, j.seq"
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

    /// The lease of a duty goes to whoever asks first once it has run out.
    pub(super) async fn claim_duty(
        &self,
        name: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let claimed = self
            .rows(
                "INSERT INTO duty (name, node, until) VALUES ($1, $2, $4)
                 ON CONFLICT (name) DO UPDATE SET node = excluded.node, until = excluded.until
                 WHERE duty.until <= $3 OR duty.node = excluded.node RETURNING name",
                &[
                    &name,
                    &self.node,
                    &now.as_microsecond(),
                    &until.as_microsecond(),
                ],
            )
            .await?;
        Ok(!claimed.is_empty())
    }
}

fn job(row: &tokio_postgres::Row) -> Result<RoutingJob, StoreError> {
    let order_key = row.bytes("order_key")?.unwrap_or_default();
    Ok(RoutingJob {
        message: stored::message(row)?,
        address: Sealed(row.bytes("address")?.unwrap_or_default()),
        order_key: order_key
            .try_into()
            .map_err(|_| StoreError::DamagedRecord("an order key"))?,
        since: row.needed_time("since")?,
        attempts: count(row.needed("attempts")?),
    })
}
