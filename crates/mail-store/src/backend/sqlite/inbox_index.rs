//! What waits in every mailbox, in memory.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use nhs::{MailboxId, MessageId, WorkflowId};

use crate::contract::{ENTRIES_LOOKED_AT, InboxSlice, Wanted};

/// A message in an inbox.
#[derive(Debug, Clone)]
pub(super) struct InboxEntry {
    /// The message's place in the order of arrival at the store.
    pub(super) seq: i64,
    pub(super) id: MessageId,
    pub(super) workflow: WorkflowId,
}

/// In order of arrival in each inbox. Changed only by the writer, after the change is durable.
#[derive(Debug, Default)]
pub(super) struct InboxIndex {
    by_mailbox: HashMap<MailboxId, BTreeMap<i64, InboxEntry>>,
    place_of: HashMap<i64, (MailboxId, i64)>,
}

impl InboxIndex {
    pub(super) fn insert(&mut self, mailbox: MailboxId, position: i64, entry: InboxEntry) {
        self.place_of.insert(entry.seq, (mailbox.clone(), position));
        self.by_mailbox
            .entry(mailbox)
            .or_default()
            .insert(position, entry);
    }

    pub(super) fn remove(&mut self, seq: i64) {
        if let Some((mailbox, position)) = self.place_of.remove(&seq)
            && let Some(inbox) = self.by_mailbox.get_mut(&mailbox)
        {
            inbox.remove(&position);
            if inbox.is_empty() {
                self.by_mailbox.remove(&mailbox);
            }
        }
    }

    pub(super) fn position(&self, seq: i64) -> Option<i64> {
        self.place_of.get(&seq).map(|(_, position)| *position)
    }

    pub(super) fn seq_of(&self, mailbox: &MailboxId, id: &MessageId) -> Option<i64> {
        self.by_mailbox
            .get(mailbox)?
            .values()
            .find(|entry| entry.id == *id)
            .map(|entry| entry.seq)
    }

    pub(super) fn count(&self, mailbox: &MailboxId) -> u64 {
        self.by_mailbox
            .get(mailbox)
            .map_or(0, |inbox| inbox.len() as u64)
    }

    /// Of each mailbox with messages, how many, and the position of the first.
    pub(super) fn summaries(&self) -> HashMap<MailboxId, (u64, i64)> {
        let of_inbox = |inbox: &BTreeMap<i64, InboxEntry>| {
            let first = inbox.keys().next().copied().unwrap_or(0);
            (inbox.len() as u64, first)
        };
        self.by_mailbox
            .iter()
            .map(|(mailbox, inbox)| (mailbox.clone(), of_inbox(inbox)))
            .collect()
    }

    pub(super) fn slice(
        &self,
        mailbox: &MailboxId,
        after: i64,
        limit: usize,
        wanted: Wanted<'_>,
    ) -> InboxSlice {
        let mut slice = InboxSlice::default();
        let Some(inbox) = self.by_mailbox.get(mailbox) else {
            return slice;
        };
        let mut last = after;
        let range = (Bound::Excluded(after), Bound::Unbounded);
        for (looked_at, (position, entry)) in inbox.range(range).enumerate() {
            if looked_at == ENTRIES_LOOKED_AT {
                slice.next_after = Some(last);
                break;
            }
            if wanted(&entry.workflow) {
                if slice.ids.len() == limit {
                    slice.next_after = Some(last);
                    break;
                }
                slice.ids.push(entry.id.clone());
            }
            last = *position;
        }
        slice
    }
}
