use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use nhs::{MailboxId, MessageId, WorkflowId};

use crate::records::Wanted;

/// A message in an inbox.
#[derive(Debug, Clone)]
pub struct InboxEntry {
    /// The message's place in the order of arrival at the store.
    pub seq: i64,
    /// Its id.
    pub id: MessageId,
    /// Its workflow.
    pub workflow: WorkflowId,
}

/// Part of an inbox.
#[derive(Debug, Clone, Default)]
pub struct InboxSlice {
    /// Ids, oldest first.
    pub ids: Vec<MessageId>,
    /// The position after which the next slice begins; `None` when nothing follows.
    pub next_after: Option<i64>,
}

/// What waits in every mailbox, in order of arrival there. Changed only by the writer, and only
/// after the change is durable.
#[derive(Debug, Default)]
pub(crate) struct Inboxes {
    by_mailbox: HashMap<MailboxId, BTreeMap<i64, InboxEntry>>,
    place_of: HashMap<i64, (MailboxId, i64)>,
}

/// So many entries are looked at for one slice; a filter that matches few of them gives a short
/// slice with more to follow, as the real service does.
pub(crate) const LOOKED_AT: usize = 100_000;

impl Inboxes {
    pub(crate) fn insert(&mut self, mailbox: MailboxId, position: i64, entry: InboxEntry) {
        self.place_of.insert(entry.seq, (mailbox.clone(), position));
        self.by_mailbox
            .entry(mailbox)
            .or_default()
            .insert(position, entry);
    }

    pub(crate) fn remove(&mut self, seq: i64) {
        if let Some((mailbox, position)) = self.place_of.remove(&seq)
            && let Some(inbox) = self.by_mailbox.get_mut(&mailbox)
        {
            inbox.remove(&position);
            if inbox.is_empty() {
                self.by_mailbox.remove(&mailbox);
            }
        }
    }

    pub(crate) fn clear(&mut self, mailbox: Option<&MailboxId>) {
        match mailbox {
            None => *self = Self::default(),
            Some(mailbox) => {
                for entry in self
                    .by_mailbox
                    .remove(mailbox)
                    .unwrap_or_default()
                    .into_values()
                {
                    self.place_of.remove(&entry.seq);
                }
            }
        }
    }

    pub(crate) fn position(&self, seq: i64) -> Option<i64> {
        self.place_of.get(&seq).map(|(_, position)| *position)
    }

    pub(crate) fn seq_of(&self, mailbox: &MailboxId, id: &MessageId) -> Option<i64> {
        self.by_mailbox
            .get(mailbox)?
            .values()
            .find(|entry| entry.id == *id)
            .map(|entry| entry.seq)
    }

    pub(crate) fn count(&self, mailbox: &MailboxId) -> u64 {
        self.by_mailbox
            .get(mailbox)
            .map_or(0, |inbox| inbox.len() as u64)
    }

    /// Of each mailbox with messages, how many, and the position of the first.
    pub(crate) fn summaries(&self) -> HashMap<MailboxId, (u64, i64)> {
        let of_inbox = |inbox: &BTreeMap<i64, InboxEntry>| {
            let first = inbox.keys().next().copied().unwrap_or(0);
            (inbox.len() as u64, first)
        };
        self.by_mailbox
            .iter()
            .map(|(mailbox, inbox)| (mailbox.clone(), of_inbox(inbox)))
            .collect()
    }

    pub(crate) fn slice(
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
            if looked_at == LOOKED_AT {
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
