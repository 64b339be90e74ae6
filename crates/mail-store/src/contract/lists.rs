//! Lists of what happened, by mailbox and by subject. SQLite fills them behind the writer's back,
//! because an index kept with each message would cost more than the message: whoever reads them
//! brings them up to date first, with [`Store::lists`](crate::Store::lists).

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::MailboxId;

use super::searches::Searches;
use super::{AuditLine, Message};
use crate::StoreError;

/// Which list [`Lists::newest`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListFrom {
    /// What the mailbox sent.
    Sent,
    /// What the mailbox was sent.
    Received,
}

/// The cost of each grows with what it returns, not with what is stored.
#[async_trait]
pub trait Lists: Searches + Send + Sync {
    /// What a mailbox sent or was sent after a time (`sent_at`, exclusive) and with a `seq` below
    /// `before_seq`, in every state; at most `limit`, newest first.
    async fn newest(
        &self,
        from: ListFrom,
        mailbox: &MailboxId,
        since: Timestamp,
        before_seq: i64,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;

    /// What a mailbox sent under a local id; at most `limit`, newest first.
    async fn by_local_id(
        &self,
        mailbox: &MailboxId,
        local_id: &[u8],
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;

    /// The audit trail of a message (reports about it included), mailbox, workflow or certificate:
    /// the first thousand lines, oldest first.
    async fn audit_of(&self, subject: &str) -> Result<Vec<AuditLine>, StoreError>;
}
