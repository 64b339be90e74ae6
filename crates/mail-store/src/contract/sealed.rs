//! Sealed texts as they lie in the store, to be sealed anew under another key.

use std::fmt;

use jiff::Timestamp;
use nhs::{MailboxId, MessageId};

use super::routing::{OrderKey, Sealed};
use crate::audit::AuditEntry;

/// A patient address that waits: in the routing queue, or with an upload that is not finished.
#[derive(Debug, Clone)]
pub struct WaitingAddress {
    /// Its message's place in the order of arrival.
    pub seq: i64,
    /// The message.
    pub message: MessageId,
    /// Who sent it.
    pub sender: Option<MailboxId>,
    /// The address as sealed by the exchange.
    pub sealed: Sealed,
}

/// Some of the addresses that wait, in the order of arrival of their messages.
#[derive(Debug, Clone, Default)]
pub struct WaitingAddresses {
    /// Those whose records can be read.
    pub addresses: Vec<WaitingAddress>,
    /// The place to go on behind; `None` when there are no more.
    pub last: Option<i64>,
}

/// A text sealed anew, which takes the place of the old one if that is still there.
#[derive(Clone)]
pub enum Resealed {
    /// A mailbox's password.
    Password {
        /// Whose.
        mailbox: MailboxId,
        /// As it was.
        was: Vec<u8>,
        /// As it is to be.
        sealed: Vec<u8>,
    },
    /// A patient address that waits.
    Address {
        /// Its message's place in the order of arrival.
        seq: i64,
        /// As it was.
        was: Vec<u8>,
        /// As it is to be.
        sealed: Vec<u8>,
        /// See [`SealedAddress::order_key`](super::SealedAddress::order_key); it follows the key.
        order_key: OrderKey,
    },
}

impl fmt::Debug for Resealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resealed")
    }
}

/// How many texts were sealed anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResealedCount {
    /// Mailboxes' passwords.
    pub passwords: u64,
    /// Patient addresses that wait.
    pub addresses: u64,
}

impl ResealedCount {
    /// Whether there were none.
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn add(&mut self, text: &Resealed, touched: u64) {
        match text {
            Resealed::Password { .. } => self.passwords += touched,
            Resealed::Address { .. } => self.addresses += touched,
        }
    }

    /// The step's line in the audit trail.
    pub(crate) fn audit_entry(&self, at: Timestamp) -> AuditEntry {
        let detail = format!("passwords={} addresses={}", self.passwords, self.addresses);
        AuditEntry::new(at, ("operator", "re-seal"), "vault key", detail)
    }
}
