//! Changes of what mailboxes' messages take, gathered within a transaction.

use std::collections::BTreeMap;

use crate::contract::Usage;

/// What one change adds to, or takes from, a [`Usage`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct UsageChange {
    pub(super) messages: i64,
    pub(super) bytes: i64,
    pub(super) waiting: i64,
}

impl UsageChange {
    /// A new message, which waits.
    pub(super) fn accepted(bytes: i64) -> Self {
        Self {
            messages: 1,
            bytes,
            waiting: 1,
        }
    }

    /// A message has more bytes, or fewer.
    pub(super) fn grown(bytes: i64) -> Self {
        Self {
            bytes,
            ..Self::default()
        }
    }

    /// A message waits again.
    pub(super) fn waits() -> Self {
        Self {
            waiting: 1,
            ..Self::default()
        }
    }

    /// A message waits no longer.
    pub(super) fn settled() -> Self {
        Self {
            waiting: -1,
            ..Self::default()
        }
    }

    /// A message is no longer stored.
    pub(super) fn forgotten(bytes: i64, waited: bool) -> Self {
        Self {
            messages: -1,
            bytes: -bytes,
            waiting: -i64::from(waited),
        }
    }

    /// A usage with the change in it. What a damaged record can no longer tell stays counted, or
    /// takes a number below nothing, which is nothing.
    pub(super) fn applied_to(self, usage: Usage) -> Usage {
        Usage {
            messages: usage.messages.saturating_add_signed(self.messages),
            bytes: usage.bytes.saturating_add_signed(self.bytes),
            waiting: usage.waiting.saturating_add_signed(self.waiting),
        }
    }
}

/// The sums of a transaction's changes, by sender.
#[derive(Default)]
pub(super) struct UsageChanges(BTreeMap<String, UsageChange>);

impl UsageChanges {
    /// Notes a change; one of a message without a sender is nobody's.
    pub(super) fn add(&mut self, sender: Option<&str>, change: UsageChange) {
        let Some(sender) = sender.filter(|sender| !sender.is_empty()) else {
            return;
        };
        if let Some(sum) = self.0.get_mut(sender) {
            sum.messages += change.messages;
            sum.bytes += change.bytes;
            sum.waiting += change.waiting;
        } else {
            self.0.insert(sender.to_owned(), change);
        }
    }

    /// In order of the senders; those that come to nothing are left out.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, UsageChange)> {
        self.0
            .iter()
            .filter(|(_, change)| **change != UsageChange::default())
            .map(|(sender, change)| (sender.as_str(), *change))
    }
}

/// A usage as it is kept.
pub(super) fn usage(messages: i64, bytes: i64, waiting: i64) -> Usage {
    let change = UsageChange {
        messages,
        bytes,
        waiting,
    };
    change.applied_to(Usage::default())
}
