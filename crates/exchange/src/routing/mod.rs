//! From a patient address to the practice's mailbox, or to a report that says why not.
//!
//! A mailbox that is found without waiting for anybody is the message's from the start (`at_once`). For the others there is
//! a queue.
//!
//! The queue lies in the mail store, so that a restart at any point resumes where it was. Jobs are
//! taken in batches, their traces run at the same time up to a bound, and whatever has been decided
//! by then is committed together. Messages of one sender to one patient form a queue of their own:
//! a delayed one holds back those behind it, and nothing else. Senders take turns, in the store's queue
//! and for the places of traces that wait for an answer: however much one of them sends, the others'
//! messages do not wait for it.

mod at_once;
mod backoff;
mod decide;
mod places;
mod probing;
mod settle;

use std::collections::BTreeMap;

use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::{SignedDuration, Timestamp};
use mail_store::{OrderKey, QueuedJob, RoutingJob};
use nhs::MailboxId;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::housekeeping::LOOK_INTERVAL;
use crate::{Exchange, ExchangeError};
use places::Places;

pub(crate) use at_once::AtOnce;
pub(crate) use probing::Probing;

/// The most jobs read at once.
const BATCH: u32 = 256;
/// Jobs with the same order key, in order of arrival.
type Queue = Vec<RoutingJob>;

impl Exchange {
    /// Resolves the patient addresses that are due. Returns how many were settled, by delivery or by
    /// a report, when nothing is due and no trace is under way. [`Exchange::run`] does this by
    /// itself.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Store`]; what was not settled stays in the queue.
    pub async fn route_due(&self) -> Result<usize, ExchangeError> {
        self.route_until(&CancellationToken::new(), &mut None).await
    }

    /// As [`Exchange::route_due`]; drops the traces under way when the token is cancelled, which
    /// loses nothing: their jobs stay in the queue. `refreshed` is when operators' changes were last
    /// looked for.
    pub(crate) async fn route_until(
        &self,
        shutdown: &CancellationToken,
        refreshed: &mut Option<Instant>,
    ) -> Result<usize, ExchangeError> {
        let mut settled = 0;
        let mut traces = FuturesUnordered::new();
        let mut places = Places::new(self.demographics().at_once());
        while !shutdown.is_cancelled() {
            if refreshed.is_none_or(|at| at.elapsed() >= LOOK_INTERVAL) {
                self.refresh_directory().await?;
                *refreshed = Some(Instant::now());
            }
            let mut decided = Vec::new();
            for queue in self.due(&places).await? {
                let Some((key, sender)) = key_and_sender(&queue) else {
                    continue;
                };
                if !places.are_left_for(&sender) {
                    continue;
                }
                let mut trace = Box::pin(async move { (key, self.decide_in_order(queue).await) });
                // what is answered at once takes no place
                match trace.as_mut().now_or_never() {
                    Some(at_once) => decided.push(at_once),
                    None => {
                        places.take(key, sender);
                        traces.push(trace);
                    }
                }
            }
            if decided.is_empty() {
                let first = tokio::select! {
                    // what is decided is settled before more is looked for
                    biased;
                    decided = traces.next() => decided,
                    () = shutdown.cancelled() => break,
                    () = self.routing_wanted().notified() => continue,
                    () = tokio::time::sleep(LOOK_INTERVAL) => continue,
                };
                let Some(first) = first else {
                    break;
                };
                decided.push(first);
            }
            while let Some(Some(next)) = traces.next().now_or_never() {
                decided.push(next);
            }
            let (keys, queues): (Vec<_>, Vec<_>) = decided.into_iter().unzip();
            settled += self.settle(queues).await?;
            keys.iter().for_each(|key| places.give_back(key));
        }
        Ok(settled)
    }

    /// What is due and not under way, senders in turn.
    async fn due(&self, places: &Places) -> Result<Vec<Queue>, ExchangeError> {
        if places.are_all_taken() {
            return Ok(Vec::new());
        }
        let mut first_of = BTreeMap::new();
        let mut queues: BTreeMap<OrderKey, Queue> = BTreeMap::new();
        let now = self.now();
        let found = self
            .store()
            .routing_due(now, self.lease_until(now), BATCH)
            .await?;
        for (position, job) in found.into_iter().enumerate() {
            match job {
                QueuedJob::Due(job) if places.is_taken_by(&job.order_key) => {}
                QueuedJob::Due(job) => {
                    first_of.entry(job.order_key).or_insert(position);
                    queues.entry(job.order_key).or_default().push(*job);
                }
                QueuedJob::Damaged { seq } => self.set_aside(seq).await?,
            }
        }
        let mut queues: Vec<_> = queues.into_iter().collect();
        queues.sort_by_key(|(key, _)| first_of.get(key).copied());
        Ok(queues.into_iter().map(|(_, queue)| queue).collect())
    }

    /// Jobs are this server's alone for twice the time a trace may take; when they are not settled
    /// by then, or asked for again, another server takes them over.
    fn lease_until(&self, now: Timestamp) -> Timestamp {
        let seconds = 2 * i64::from(self.settings().routing_trace_seconds).max(5);
        now.checked_add(SignedDuration::from_secs(seconds))
            .unwrap_or(now)
    }
}

/// Of a queue's first job, and so of all.
fn key_and_sender(queue: &Queue) -> Option<(OrderKey, Option<MailboxId>)> {
    let job = queue.first()?;
    Some((job.order_key, job.message.sender.clone()))
}
