//! The boundary between the store and its homes. A home keeps records; what they mean is told here
//! and proved for every home by the same tests (`tests/contract`).

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::{MailboxId, MessageId, WorkflowId};

use crate::StoreError;
use crate::audit::AuditLine;
use crate::bodies::Body;
use crate::console::{MailboxSummary, RoutingSummary, UploadSummary};
use crate::directory::{Directory, DirectoryRecords};
use crate::inbox::InboxSlice;
use crate::message::{Message, QueuedJob, Waiting};
use crate::operation::{Job, Outcome, TokenDigest};
use crate::store::ListFrom;

/// Whether a workflow is wanted in a list.
pub(crate) type Wanted<'a> = &'a (dyn Fn(&WorkflowId) -> bool + Sync);

/// Changes records. One task uses it, batch after batch.
#[async_trait]
pub(crate) trait Writer: Send {
    /// Whether it waits for sockets and timers.
    fn needs_io(&self) -> bool {
        false
    }

    /// All jobs in one durable transaction, the outcomes of each in its place. An operation that
    /// finds nothing to do ends its own job and no other. On an error nothing was kept.
    async fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Vec<Outcome>>, StoreError>;
}

/// Reads records. What was committed before a read began is seen by it.
#[async_trait]
pub(crate) trait Records: Send + Sync {
    async fn chunk(&self, seq: i64, number: u32) -> Result<Option<Body>, StoreError>;
    async fn message(&self, id: &MessageId) -> Result<Option<Message>, StoreError>;
    async fn inbox(
        &self,
        mailbox: &MailboxId,
        after: i64,
        limit: usize,
        wanted: Wanted<'_>,
    ) -> Result<InboxSlice, StoreError>;
    async fn count(&self, mailbox: &MailboxId) -> Result<u64, StoreError>;
    /// The same; a home that would have to count one by one stops at ten thousand.
    async fn approximate_count(&self, mailbox: &MailboxId) -> Result<u64, StoreError> {
        self.count(mailbox).await
    }
    async fn inbox_position(&self, seq: i64) -> Result<Option<i64>, StoreError>;
    async fn token_is_used(&self, token: &TokenDigest) -> Result<bool, StoreError>;
    async fn by_local_id(
        &self,
        mailbox: &MailboxId,
        local_id: &[u8],
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;
    async fn newest(
        &self,
        from: ListFrom,
        mailbox: &MailboxId,
        since: Timestamp,
        before_seq: i64,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;

    /// Jobs due, claimed for this node until `lease_until` where there may be other nodes.
    async fn routing_due(
        &self,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<QueuedJob>, StoreError>;
    async fn next_routing(&self) -> Result<Option<Timestamp>, StoreError>;
    async fn waiting_longest(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Waiting>, StoreError>;
    /// Places in the order of arrival of messages found damaged since the last call.
    fn damaged(&self) -> Vec<i64>;
    async fn seq_in_inbox(
        &self,
        mailbox: &MailboxId,
        id: &MessageId,
    ) -> Result<Option<i64>, StoreError>;
    async fn uploads_of(&self, mailbox: &MailboxId) -> Result<u32, StoreError>;
    async fn uploaded_bytes(&self, seq: i64) -> Result<u64, StoreError>;
    /// Of these object keys, the ones no record names.
    async fn unreferenced(&self, keys: Vec<String>) -> Result<Vec<String>, StoreError>;
    /// Object keys let go of by this node since the last call.
    fn released(&self) -> Vec<String>;
    /// Whether this node is the one to keep house until then; a home of one node says yes.
    async fn claim_housekeeping(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Whether this node is the one to look through all bodies until then; a home of one node says
    /// yes.
    async fn claim_full_sweep(
        &self,
        _now: Timestamp,
        _until: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(true)
    }
    /// An error when the records are out of reach; those of this machine are not.
    async fn reach(&self) -> Result<(), StoreError> {
        Ok(())
    }
    /// How many messages were set aside and not forgotten since.
    async fn quarantined(&self) -> Result<u64, StoreError>;

    async fn directory_version(&self) -> Result<i64, StoreError>;
    async fn directory(&self) -> Result<DirectoryRecords, StoreError>;
    fn operators_directory(&self) -> Result<Directory, StoreError>;

    async fn mailbox_summaries(&self) -> Result<Vec<MailboxSummary>, StoreError>;
    async fn routing_queue(&self, limit: u32) -> Result<Vec<RoutingSummary>, StoreError>;
    async fn uploads(&self, limit: u32) -> Result<Vec<UploadSummary>, StoreError>;
    async fn recent(&self, limit: u32, before_seq: i64) -> Result<Vec<Message>, StoreError>;
    async fn audit_of(&self, subject: &str) -> Result<Vec<AuditLine>, StoreError>;
    async fn audit_page(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditLine>, StoreError>;
}
