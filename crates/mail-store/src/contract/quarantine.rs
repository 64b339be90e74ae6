//! Damaged messages, as the operator sees them.

use jiff::Timestamp;
use nhs::MessageId;

/// A damaged message, taken out of its inbox or queue so that it holds up nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The message's place in the order of arrival at the store.
    pub seq: i64,
    /// Its id, where that can be read.
    pub id: Option<MessageId>,
    /// When the damage was found.
    pub at: Timestamp,
    /// The code its sender was told; see the audit trail for more.
    pub reason: String,
}
