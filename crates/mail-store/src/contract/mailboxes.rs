//! What the operator set up, as servers read it, and every mailbox at a glance.

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::MailboxId;

use super::DirectoryRecords;
use crate::StoreError;

/// What the messages that a mailbox sent take, whoever they are for. Reports are nobody's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// How many are stored, in whatever state.
    pub messages: u64,
    /// Bytes of their bodies as stored, also of a first chunk that was sent again.
    pub bytes: u64,
    /// How many wait: for chunks, to be routed, or in an inbox.
    pub waiting: u64,
}

impl Usage {
    /// What both take.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_add(other.messages),
            bytes: self.bytes.saturating_add(other.bytes),
            waiting: self.waiting.saturating_add(other.waiting),
        }
    }
}

/// A mailbox at a glance: counts and times only.
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
    /// What its own messages take.
    pub sent: Usage,
}

/// The directory, and what rests for each mailbox in it.
#[async_trait]
pub trait Mailboxes {
    /// The version of what the operator set up; rises with every change. Cheap: servers ask several
    /// times a second.
    async fn directory_version(&self) -> Result<i64, StoreError>;

    /// All that the operator set up.
    async fn directory(&self) -> Result<DirectoryRecords, StoreError>;

    /// What the messages that a mailbox sent take. Kept beside the records, in the transaction of
    /// every change: the cost is that of one row, and none in SQLite.
    async fn usage(&self, mailbox: &MailboxId) -> Result<Usage, StoreError>;

    /// What the messages of all mailboxes take.
    async fn total_usage(&self) -> Result<Usage, StoreError>;

    /// Every mailbox of the directory, by id. Counts what waits: for the operator's pages.
    async fn mailbox_summaries(&self) -> Result<Vec<MailboxSummary>, StoreError>;
}
