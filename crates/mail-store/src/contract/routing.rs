//! Messages whose patient address waits to be resolved.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::{MailboxId, MessageId, WorkflowId};

use super::Message;
use crate::StoreError;

/// A patient address as it is kept until it is resolved.
#[derive(Clone)]
pub struct SealedAddress {
    /// The address as sealed by the exchange.
    pub sealed: Vec<u8>,
    /// A keyed hash: jobs with the same one are settled in order of arrival.
    pub order_key: OrderKey,
}

impl fmt::Debug for SealedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedAddress")
    }
}

/// See [`SealedAddress::order_key`].
pub type OrderKey = [u8; 16];

/// Bytes sealed by the exchange; opaque here and in `Debug`.
#[derive(Clone)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed")
    }
}

/// A message whose patient address waits to be resolved.
#[derive(Debug, Clone)]
pub struct RoutingJob {
    /// The message.
    pub message: Message,
    /// The address as sealed by the exchange.
    pub address: Sealed,
    /// Jobs with the same one are settled in order of arrival.
    pub order_key: OrderKey,
    /// When the job came into being.
    pub since: Timestamp,
    /// Attempts made so far.
    pub attempts: u32,
}

/// What is found in the routing queue.
#[derive(Debug, Clone)]
pub enum QueuedJob {
    /// A job to be tried.
    Due(Box<RoutingJob>),
    /// A job whose records cannot be read. [`Op::SetAside`](super::Op::SetAside) takes it out of the
    /// queue.
    Damaged {
        /// The message's place in the order of arrival.
        seq: i64,
    },
}

/// A message that waits to be routed, for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingSummary {
    /// Which.
    pub message: MessageId,
    /// Who sent it.
    pub sender: Option<MailboxId>,
    /// Its workflow.
    pub workflow: WorkflowId,
    /// When its last byte was accepted.
    pub accepted_at: Timestamp,
    /// Attempts made so far.
    pub attempts: u32,
    /// When the next one is due.
    pub next_at: Timestamp,
}

/// The queue of routing jobs at a glance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoutingBacklog {
    /// How many jobs wait.
    pub waiting: u64,
    /// Since when the first of them waits.
    pub oldest: Option<Timestamp>,
}

/// The queue of routing jobs.
#[async_trait]
pub trait RoutingQueue {
    /// Jobs to be tried by now, at most `limit`. Senders take turns: a job's turn is the one after that
    /// of its sender's last job in the queue, or the earliest in the queue where that is later, so
    /// that whoever has many jobs there holds up nobody who has few. Within a turn those that have
    /// been due longest come first. A job is
    /// left out while an earlier one with the same order key is put off beyond it, and, where there
    /// are several servers, while another server holds it or an earlier one with its order key. The
    /// jobs returned are this server's until `lease_until`; asking again renews the lease.
    async fn routing_due(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<QueuedJob>, StoreError>;

    /// When the next job is to be tried.
    async fn next_routing(&self) -> Result<Option<Timestamp>, StoreError>;

    /// How many jobs there are, and how long they wait. Reads the whole queue: for once a minute.
    async fn routing_backlog(&self) -> Result<RoutingBacklog, StoreError>;

    /// The jobs, the one due first before the others, at most `limit`.
    async fn routing_queue(&self, limit: u32) -> Result<Vec<RoutingSummary>, StoreError>;
}
