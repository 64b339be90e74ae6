//! Messages: what is given in, and what they are now.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::{MailboxId, MessageId, WorkflowId};

use super::{Body, SealedAddress};
use crate::StoreError;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Sent by a mailbox.
    Data,
    /// Written by the exchange: why another message did not arrive. Has no body.
    Report,
}

/// What the sender said about a message, as bytes exactly as received: header values are Latin-1
/// or UTF-8, and come out as they went in. Subjects, file names and local ids may identify a
/// patient, so `Debug` shows none of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// `Mex-LocalID`, at most 300 bytes.
    pub local_id: Option<Vec<u8>>,
    /// `Mex-Subject`, at most 500 bytes.
    pub subject: Option<Vec<u8>>,
    /// `Mex-FileName`, at most 300 bytes.
    pub file_name: Option<Vec<u8>>,
    /// `Mex-PartnerID`, at most 500 bytes.
    pub partner_id: Option<Vec<u8>>,
    /// `Mex-Content-Checksum`, at most 100 bytes.
    pub checksum: Option<Vec<u8>>,
    /// `Mex-Content-Type`, else `Content-Type`.
    pub content_type: Option<Vec<u8>>,
    /// The body is stored as `Content-Encoding: gzip`.
    pub gzip: bool,
    /// `Mex-Content-Compressed`.
    pub compressed: bool,
    /// `Mex-Content-Encrypted`.
    pub encrypted: bool,
}

impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Details(redacted)")
    }
}

/// Why a message failed, or, on a report, what it reports.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure {
    /// When.
    pub at: Timestamp,
    /// `14`, `EPL-151`, …
    pub code: String,
    /// `SEND`, `TRANSFER`, …
    pub event: String,
    /// Text for people; never patient data.
    pub description: String,
    /// On a report the failed message, on a failed message its report.
    pub linked: Option<String>,
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

/// A message to be kept; its record never changes afterwards.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// Unique; increasing ids keep the index of ids cheap to write.
    pub id: MessageId,
    /// Data or report.
    pub kind: Kind,
    /// `None` for reports.
    pub sender: Option<MailboxId>,
    /// `None` while only a patient address is known.
    pub recipient: Option<MailboxId>,
    /// The workflow.
    pub workflow: WorkflowId,
    /// When its first byte was accepted.
    pub sent_at: Timestamp,
    /// 0 for reports, 1 for a message in one request.
    pub total_chunks: u32,
    /// What the sender said about it.
    pub details: Details,
    /// On reports: what it reports.
    pub report: Option<Failure>,
    /// The first chunk; `None` for reports.
    pub body: Option<Body>,
}

/// Where a new message goes.
#[derive(Clone)]
pub enum Place {
    /// Into its recipient's inbox. The message must have a recipient.
    Inbox,
    /// Waiting to be routed.
    Routing(SealedAddress),
    /// Into the inbox of a mailbox that was found out before it was accepted; but waiting to be routed,
    /// [`Outcome::Queued`](super::Outcome::Queued), while one with its order key does.
    Routed(Box<Routed>),
    /// Waiting for its other chunks, then to its recipient's inbox, or, given a patient address,
    /// to routing.
    Uploading(Option<SealedAddress>),
}

/// Where a message to a patient goes whose practice is known when it is accepted.
#[derive(Clone)]
pub struct Routed {
    /// What is kept if it must wait to be routed.
    pub address: SealedAddress,
    /// The mailbox.
    pub recipient: MailboxId,
    /// The sender must not be told the recipient.
    pub hidden: bool,
    /// What the audit trail says of how the mailbox was found: codes only.
    pub trail: String,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inbox => "Inbox",
            Self::Routing(_) => "Routing(sealed)",
            Self::Routed(_) => "Routed(sealed)",
            Self::Uploading(_) => "Uploading",
        })
    }
}

/// The state of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageState {
    /// Chunks are missing.
    Uploading,
    /// In the recipient's inbox, or being routed.
    Accepted,
    /// Taken by the recipient.
    Acknowledged,
    /// Failed for good: nobody collected it.
    Undeliverable,
    /// Failed for good.
    Error,
}

impl MessageState {
    /// Lower case, as version 2 of the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uploading => "uploading",
            Self::Accepted => "accepted",
            Self::Acknowledged => "acknowledged",
            Self::Undeliverable => "undeliverable",
            Self::Error => "error",
        }
    }

    /// The inverse of [`MessageState::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Uploading,
            Self::Accepted,
            Self::Acknowledged,
            Self::Undeliverable,
            Self::Error,
        ]
        .into_iter()
        .find(|state| state.as_str() == text)
    }
}

/// A message as it is now: its record and what has happened to it.
#[derive(Debug, Clone)]
pub struct Message {
    /// Place in the order of arrival at the store.
    pub seq: i64,
    /// Its id.
    pub id: MessageId,
    /// Data or report.
    pub kind: Kind,
    /// `None` for reports.
    pub sender: Option<MailboxId>,
    /// `None` while it is being routed, and when routing failed.
    pub recipient: Option<MailboxId>,
    /// The sender must not be told the recipient.
    pub recipient_hidden: bool,
    /// The workflow.
    pub workflow: WorkflowId,
    /// When its first byte was accepted.
    pub sent_at: Timestamp,
    /// 0 for reports.
    pub total_chunks: u32,
    /// What the sender said about it.
    pub details: Details,
    /// On reports: what it reports.
    pub report: Option<Failure>,
    /// Bytes as stored, all chunks; 0 while uploading.
    pub size: u64,
    /// Its state.
    pub state: MessageState,
    /// When it came into that state.
    pub state_at: Timestamp,
    /// When its last byte was accepted.
    pub accepted_at: Option<Timestamp>,
    /// When the recipient took it.
    pub acknowledged_at: Option<Timestamp>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

/// Messages by their ids, and their bodies.
#[async_trait]
pub trait Messages {
    /// A message as it is now; `None` when the id is unknown, or was forgotten.
    async fn message(&self, id: &MessageId) -> Result<Option<Message>, StoreError>;

    /// One chunk of a message, the first being 1; `None` when it was never sent.
    async fn chunk(&self, seq: i64, number: u32) -> Result<Option<Body>, StoreError>;

    /// The newest messages of all mailboxes with a `seq` below `before_seq`, at most `limit`.
    async fn recent(&self, limit: u32, before_seq: i64) -> Result<Vec<Message>, StoreError>;

    /// How many messages were set aside because record or body are damaged, and not forgotten since.
    async fn quarantined(&self) -> Result<u64, StoreError>;
}
