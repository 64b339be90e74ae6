//! What the operator set up, as servers read it, and every mailbox at a glance.

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::MailboxId;

use super::DirectoryRecords;
use crate::StoreError;

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
}

/// The directory, and what rests for each mailbox in it.
#[async_trait]
pub trait Mailboxes {
    /// The version of what the operator set up; rises with every change. Cheap: servers ask several
    /// times a second.
    async fn directory_version(&self) -> Result<i64, StoreError>;

    /// All that the operator set up.
    async fn directory(&self) -> Result<DirectoryRecords, StoreError>;

    /// Every mailbox of the directory, by id. Counts what waits: for the operator's pages.
    async fn mailbox_summaries(&self) -> Result<Vec<MailboxSummary>, StoreError>;
}
