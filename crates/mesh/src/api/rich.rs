//! Bodies of the rich inbox and outbox listings.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Links;
use crate::redact::Redacted;

/// A rich inbox or outbox listing, newest first; the same in both versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RichList {
    /// When the list was made, ISO 8601.
    pub valid_at: Option<String>,
    /// The messages.
    pub messages: Vec<RichMessage>,
    /// Where this page is and where the next.
    #[serde(default)]
    pub links: Links,
}

/// One message of a rich listing. Times are ISO 8601 without a zone, in UTC.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RichMessage {
    /// Message id.
    pub message_id: String,
    /// When it leaves the inbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_timestamp: Option<String>,
    /// The sender's reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_id: Option<String>,
    /// `DATA` or `REPORT`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_type: Option<String>,
    /// Recipient's mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient_name: Option<String>,
    /// Sender's mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender_name: Option<String>,
    /// When it was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_date: Option<String>,
    /// State, as [`super::TrackingV2::status`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Error code; `""` in an outbox without error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_code: Option<String>,
    /// Workflow id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<String>,
    /// Chunks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_chunks: Option<u32>,
}

impl fmt::Debug for RichMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RichMessage")
            .field("message_id", &self.message_id)
            .field("local_id", &Redacted(self.local_id.is_some()))
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
