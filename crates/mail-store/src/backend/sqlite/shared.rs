//! What the reading side and the writer share. Only the writer changes it, and only after the change
//! is durable.

use std::collections::HashMap;

use nhs::MailboxId;
use parking_lot::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::inbox_index::InboxIndex;
use super::used_tokens::UsedTokens;
use crate::arrivals::Arrivals;
use crate::backend::usage::UsageChanges;
use crate::contract::Usage;

#[derive(Default)]
pub(super) struct Shared {
    inboxes: RwLock<InboxIndex>,
    tokens: RwLock<UsedTokens>,
    usage: RwLock<HashMap<MailboxId, Usage>>,
    pub(super) arrivals: Arrivals,
    /// Keys of bodies no record names any more.
    released: Mutex<Vec<String>>,
    /// Places in the order of arrival of messages found damaged, to be set aside.
    damaged: Mutex<Vec<i64>>,
}

impl Shared {
    pub(super) fn inboxes(&self) -> RwLockReadGuard<'_, InboxIndex> {
        self.inboxes.read()
    }

    pub(super) fn inboxes_to_change(&self) -> RwLockWriteGuard<'_, InboxIndex> {
        self.inboxes.write()
    }

    pub(super) fn tokens(&self) -> RwLockReadGuard<'_, UsedTokens> {
        self.tokens.read()
    }

    pub(super) fn tokens_to_change(&self) -> RwLockWriteGuard<'_, UsedTokens> {
        self.tokens.write()
    }

    /// What the messages of a mailbox take.
    pub(super) fn usage(&self, mailbox: &MailboxId) -> Usage {
        self.usage.read().get(mailbox).copied().unwrap_or_default()
    }

    pub(super) fn total_usage(&self) -> Usage {
        let usage = self.usage.read();
        usage.values().copied().fold(Usage::default(), Usage::and)
    }

    pub(super) fn set_usage(&self, mailbox: MailboxId, usage: Usage) {
        self.usage.write().insert(mailbox, usage);
    }

    pub(super) fn change_usage(&self, changes: &UsageChanges) {
        let mut usage = self.usage.write();
        for (sender, change) in changes.iter() {
            // a sender that cannot be read is nobody's
            if let Ok(sender) = MailboxId::parse(sender) {
                let of_sender = usage.entry(sender).or_default();
                *of_sender = change.applied_to(*of_sender);
            }
        }
    }

    pub(super) fn release(&self, keys: Vec<String>) {
        self.released.lock().extend(keys);
    }

    pub(super) fn take_released(&self) -> Vec<String> {
        std::mem::take(&mut *self.released.lock())
    }

    /// Notes a message to be set aside, by its place in the order of arrival.
    pub(super) fn found_damaged(&self, seq: i64) {
        tracing::error!(seq, "a stored record is damaged");
        let mut damaged = self.damaged.lock();
        if !damaged.contains(&seq) {
            damaged.push(seq);
        }
    }

    pub(super) fn take_damaged(&self) -> Vec<i64> {
        std::mem::take(&mut *self.damaged.lock())
    }
}
