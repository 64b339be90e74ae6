//! What a transaction will have changed in memory once it is durable.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use nhs::MailboxId;

use super::inbox_index::InboxEntry;
use super::shared::Shared;
use crate::backend::usage::UsageChanges;
use crate::contract::TokenDigest;

#[derive(Default)]
pub(super) struct Effects {
    appeared: Vec<(MailboxId, i64, InboxEntry)>,
    /// Where messages are by now that have come into an inbox or left it.
    places: HashMap<i64, Option<i64>>,
    left: Vec<i64>,
    tokens: Vec<(TokenDigest, Timestamp)>,
    fresh_tokens: HashSet<TokenDigest>,
    forget_tokens: Option<Timestamp>,
    /// What mailboxes' messages take more, or less.
    pub(super) usage: UsageChanges,
    /// Keys of bodies that no record names any more.
    pub(super) released: Vec<String>,
}

impl Effects {
    /// A message comes into an inbox.
    pub(super) fn appear(&mut self, recipient: MailboxId, position: i64, entry: InboxEntry) {
        self.places.insert(entry.seq, Some(position));
        self.appeared.push((recipient, position, entry));
    }

    /// A message leaves its inbox.
    pub(super) fn leave(&mut self, seq: i64) {
        self.places.insert(seq, None);
        self.left.push(seq);
    }

    /// Where a message is after this transaction so far; `None` when it has not moved.
    pub(super) fn place(&self, seq: i64) -> Option<Option<i64>> {
        self.places.get(&seq).copied()
    }

    /// False when the token was used before in this transaction.
    pub(super) fn use_token(&mut self, token: TokenDigest, forget_at: Timestamp) -> bool {
        if !self.fresh_tokens.insert(token) {
            return false;
        }
        self.tokens.push((token, forget_at));
        true
    }

    pub(super) fn forget_tokens(&mut self, now: Timestamp) {
        self.forget_tokens = Some(now);
    }

    pub(super) fn publish(self, shared: &Shared) {
        if !self.tokens.is_empty() || self.forget_tokens.is_some() {
            let mut tokens = shared.tokens_to_change();
            for (token, forget_at) in self.tokens {
                tokens.insert(token, forget_at);
            }
            if let Some(now) = self.forget_tokens {
                tokens.forget(now);
            }
        }
        let mut inboxes = shared.inboxes_to_change();
        for seq in self.left {
            inboxes.remove(seq);
        }
        let places = self.places;
        let mut appeared = self.appeared;
        appeared.retain(|(_, at, entry)| places.get(&entry.seq) == Some(&Some(*at)));
        // who is woken looks once the inboxes are free again
        let arrived = appeared.iter().map(|(mailbox, ..)| mailbox);
        shared.arrivals.arrived(arrived);
        for (mailbox, position, entry) in appeared {
            inboxes.insert(mailbox, position, entry);
        }
        drop(inboxes);
        shared.change_usage(&self.usage);
        shared.release(self.released);
    }
}
