//! What an operator's console shows: ids, counts and times, never what a message says.

use jiff::Timestamp;
use nhs::{MailboxId, MessageId, WorkflowId};

/// A mailbox at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxSummary {
    /// Which.
    pub mailbox: MailboxId,
    /// How many messages wait in its inbox.
    pub waiting: u64,
    /// Since when the first of them waits.
    pub oldest: Option<Timestamp>,
    /// How many messages it is sending wait for chunks.
    pub uploading: u32,
}

/// A message that waits to be routed.
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

/// A message that waits for chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadSummary {
    /// Which.
    pub message: MessageId,
    /// Who sends it.
    pub sender: Option<MailboxId>,
    /// Who is to get it; `None` for a patient address.
    pub recipient: Option<MailboxId>,
    /// Chunks here.
    pub chunks_received: u32,
    /// Chunks in all.
    pub chunks_total: u32,
    /// Bytes here.
    pub bytes: u64,
    /// When its first chunk was accepted.
    pub started_at: Timestamp,
}
