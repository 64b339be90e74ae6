//! Bodies about the inbox: handshake, sends, listings, counts, acknowledgements.

use nhs::MessageId;
use serde::{Deserialize, Serialize};

/// Answer to a version 1 handshake; version 2 has an empty body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandshakeV1 {
    /// The mailbox of the path.
    #[serde(rename = "mailboxId")]
    pub mailbox_id: String,
}

/// Version 1 answer to a send (202).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendV1 {
    /// The id the server gave.
    #[serde(rename = "messageID")]
    pub message_id: MessageId,
}

/// Version 2 answer to a send (202).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendV2 {
    /// The id the server gave.
    pub message_id: MessageId,
}

/// Either version's answer to a send, for clients.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Sent {
    /// The id the server gave.
    #[serde(alias = "messageID")]
    pub message_id: MessageId,
}

/// Version 1 answer to a chunk (202); version 2 answers `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendChunkV1 {
    /// The message.
    #[serde(rename = "messageID")]
    pub message_id: MessageId,
    /// The chunk's number.
    #[serde(rename = "blockID")]
    pub block_id: u32,
}

/// Version 1 listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxV1 {
    /// Ids, oldest first.
    pub messages: Vec<MessageId>,
}

/// Links of a listing, relative to the host.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Links {
    /// This page.
    #[serde(rename = "self", default, skip_serializing_if = "Option::is_none")]
    pub this: Option<String>,
    /// The next page, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Version 2 listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxV2 {
    /// Ids, oldest first.
    pub messages: Vec<MessageId>,
    /// Where this page is and where the next.
    #[serde(default)]
    pub links: Links,
    /// How many messages wait in all, whatever the filter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approx_inbox_count: Option<u64>,
}

/// Version 1 count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountV1 {
    /// Messages waiting.
    pub count: u64,
    /// An id of the request.
    #[serde(rename = "internalID")]
    pub internal_id: String,
    /// Always true.
    #[serde(rename = "allResultsIncluded")]
    pub all_results_included: bool,
}

/// Version 2 count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountV2 {
    /// Messages waiting.
    pub count: u64,
}

/// Version 1 answer to an acknowledgement; version 2 has an empty body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcknowledgeV1 {
    /// The message of the path.
    #[serde(rename = "messageId")]
    pub message_id: MessageId,
}
