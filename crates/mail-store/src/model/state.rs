//! Everything there is.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use nhs::{MailboxId, MessageId};

use crate::contract::{
    AuditLine, Body, DirectoryRecords, Failure, Message, MessageState, NewMessage, Purge,
    SealedAddress, Span, StoredStep, TokenDigest,
};

#[derive(Default)]
pub(super) struct State {
    pub(super) messages: BTreeMap<i64, Entry>,
    pub(super) by_id: HashMap<MessageId, i64>,
    pub(super) last_seq: i64,
    pub(super) last_position: i64,
    pub(super) tokens: HashMap<TokenDigest, Timestamp>,
    /// Each with the message that it is about besides its subject.
    pub(super) audit: Vec<(AuditLine, Option<String>)>,
    pub(super) released: Vec<String>,
    pub(super) directory: DirectoryRecords,
    /// By span, when it began, and what was counted.
    pub(super) tallies: BTreeMap<(Span, Timestamp, String), u64>,
    /// Orders to remove messages, numbered from 1, and how many were removed.
    pub(super) purges: Vec<(Purge, Option<u64>)>,
}

/// A message and what has happened to it.
pub(super) struct Entry {
    pub(super) seq: i64,
    pub(super) new: NewMessage,
    pub(super) chunks: BTreeMap<u32, Body>,
    pub(super) uploading: Option<Option<SealedAddress>>,
    pub(super) completed: Option<Timestamp>,
    pub(super) routing: Option<Routing>,
    pub(super) routed: Option<(MailboxId, bool)>,
    /// Position in the inbox, and since when.
    pub(super) waiting: Option<(i64, Timestamp)>,
    /// Position in the inbox before, and when.
    pub(super) acknowledged: Option<(i64, Timestamp)>,
    pub(super) failed: Option<(MessageState, Failure)>,
    pub(super) quarantined: bool,
    pub(super) steps: Vec<StoredStep>,
}

pub(super) struct Routing {
    pub(super) address: SealedAddress,
    pub(super) since: Timestamp,
    pub(super) attempts: u32,
    pub(super) next_at: Timestamp,
    pub(super) turn: i64,
}

impl Entry {
    pub(super) fn new(seq: i64, new: NewMessage) -> Self {
        Self {
            seq,
            new,
            chunks: BTreeMap::new(),
            uploading: None,
            completed: None,
            routing: None,
            routed: None,
            waiting: None,
            acknowledged: None,
            failed: None,
            quarantined: false,
            steps: Vec::new(),
        }
    }

    pub(super) fn recipient(&self) -> Option<&MailboxId> {
        let routed = self.routed.as_ref().map(|(mailbox, _)| mailbox);
        self.new.recipient.as_ref().or(routed)
    }

    /// In an inbox, the routing queue or the uploads.
    pub(super) fn is_held(&self) -> bool {
        self.waiting.is_some() || self.routing.is_some() || self.uploading.is_some()
    }

    /// The first chunk came with the message; it may have been sent again.
    pub(super) fn chunk(&self, number: u32) -> Option<&Body> {
        let first = self.new.body.as_ref().filter(|_| number == 1);
        self.chunks.get(&number).or(first)
    }

    pub(super) fn received(&self) -> u32 {
        let later = self.chunks.keys().filter(|number| **number > 1).count();
        1 + u32::try_from(later).unwrap_or(u32::MAX - 1)
    }

    pub(super) fn bytes(&self) -> u64 {
        let later: u64 = self
            .chunks
            .iter()
            .filter(|(number, _)| **number > 1)
            .map(|(_, body)| body.length())
            .sum();
        self.chunk(1).map_or(0, Body::length) + later
    }

    /// Bytes of all its bodies, also of a first chunk that was sent again.
    pub(super) fn stored_bytes(&self) -> u64 {
        let bodies = self.new.body.iter().chain(self.chunks.values());
        bodies.map(Body::length).sum()
    }

    pub(super) fn objects(&self) -> Vec<String> {
        self.new
            .body
            .iter()
            .chain(self.chunks.values())
            .filter_map(|body| match body {
                Body::Object { key, .. } => Some(key.clone()),
                Body::Inline(_) => None,
            })
            .collect()
    }

    fn accepted_at(&self) -> Option<Timestamp> {
        if self.new.total_chunks > 1 {
            self.completed
        } else {
            Some(self.new.sent_at)
        }
    }

    fn state(&self) -> (MessageState, Timestamp) {
        if let Some((state, failure)) = &self.failed {
            (*state, failure.at)
        } else if let Some((_, at)) = self.acknowledged {
            (MessageState::Acknowledged, at)
        } else if self.uploading.is_some() {
            (MessageState::Uploading, self.new.sent_at)
        } else {
            let at = self.accepted_at().unwrap_or(self.new.sent_at);
            (MessageState::Accepted, at)
        }
    }

    pub(super) fn message(&self) -> Message {
        let (state, state_at) = self.state();
        let complete = self.new.total_chunks <= 1 || self.completed.is_some();
        Message {
            seq: self.seq,
            id: self.new.id.clone(),
            kind: self.new.kind,
            sender: self.new.sender.clone(),
            recipient: self.recipient().cloned(),
            recipient_hidden: self.routed.as_ref().is_some_and(|(_, hidden)| *hidden),
            workflow: self.new.workflow.clone(),
            sent_at: self.new.sent_at,
            total_chunks: self.new.total_chunks,
            details: self.new.details.clone(),
            report: self.new.report.clone(),
            size: if complete { self.bytes() } else { 0 },
            state,
            state_at,
            accepted_at: self.accepted_at(),
            acknowledged_at: self.acknowledged.map(|(_, at)| at),
            failure: self.failed.as_ref().map(|(_, failure)| failure.clone()),
        }
    }
}
