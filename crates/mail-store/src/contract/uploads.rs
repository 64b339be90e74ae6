//! Messages that wait for chunks.

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::{MailboxId, MessageId};

use crate::StoreError;

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

/// Uploads under way.
#[async_trait]
pub trait Uploads {
    /// How many messages of a sender wait for chunks.
    async fn uploads_of(&self, mailbox: &MailboxId) -> Result<u32, StoreError>;

    /// Bytes received so far of a message still uploading.
    async fn uploaded_bytes(&self, seq: i64) -> Result<u64, StoreError>;

    /// The messages that wait for chunks, at most `limit`, the oldest first.
    async fn uploads(&self, limit: u32) -> Result<Vec<UploadSummary>, StoreError>;
}
