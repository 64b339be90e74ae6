//! What waits to be collected.

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::{MailboxId, MessageId, WorkflowId};

use crate::StoreError;

/// How many entries of an inbox are looked at for one slice; a filter that matches few of them gives
/// a short slice with more to follow, as the real service does.
pub const ENTRIES_LOOKED_AT: usize = 100_000;

/// Whether a workflow is wanted in a slice of an inbox.
pub type Wanted<'a> = &'a (dyn Fn(&WorkflowId) -> bool + Sync);

/// Part of an inbox.
#[derive(Debug, Clone, Default)]
pub struct InboxSlice {
    /// Ids, oldest first.
    pub ids: Vec<MessageId>,
    /// The position after which the next slice begins; `None` when nothing follows.
    pub next_after: Option<i64>,
}

/// A message waiting in an inbox.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its place in the order of arrival at the store.
    pub seq: i64,
    /// The message.
    pub id: MessageId,
    /// Since when.
    pub since: Timestamp,
}

/// Inboxes, and what is found damaged in them.
#[async_trait]
pub trait Inboxes {
    /// At most `limit` ids after a position, 0 being the beginning, and no more than
    /// [`ENTRIES_LOOKED_AT`] entries looked at. With several servers a message may appear at a
    /// position that was passed already; only a slice from the beginning is sure to show it.
    async fn inbox(
        &self,
        mailbox: &MailboxId,
        after: i64,
        limit: usize,
        wanted: Wanted<'_>,
    ) -> Result<InboxSlice, StoreError>;

    /// How many messages wait in an inbox. PostgreSQL counts them one by one.
    async fn count(&self, mailbox: &MailboxId) -> Result<u64, StoreError>;

    /// The same at a price that does not grow with the inbox: at most ten thousand in PostgreSQL.
    async fn approximate_count(&self, mailbox: &MailboxId) -> Result<u64, StoreError>;

    /// The position of a message that waits, or the one it had before its acknowledgement; `None`
    /// when it never was in an inbox, failed, or was given to its recipient again.
    async fn inbox_position(&self, seq: i64) -> Result<Option<i64>, StoreError>;

    /// The `seq` of a message that waits in an inbox, when its own record can no longer tell. May
    /// look through the whole inbox.
    async fn seq_in_inbox(
        &self,
        mailbox: &MailboxId,
        id: &MessageId,
    ) -> Result<Option<i64>, StoreError>;

    /// Of the messages waiting since before a time, in all inboxes, at most `limit`, those that wait
    /// longest.
    async fn waiting_longest(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Waiting>, StoreError>;

    /// The `seq` of messages whose place in an inbox was found damaged on this server since the last
    /// call. They are in nobody's inbox; [`Op::SetAside`](super::Op::SetAside) makes it so for good.
    fn damaged(&self) -> Vec<i64>;
}
