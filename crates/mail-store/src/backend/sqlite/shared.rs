//! What the reading side and the writer share. Only the writer changes it, and only after the change
//! is durable.

use parking_lot::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::inbox_index::InboxIndex;
use super::used_tokens::UsedTokens;

#[derive(Default)]
pub(super) struct Shared {
    inboxes: RwLock<InboxIndex>,
    tokens: RwLock<UsedTokens>,
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
