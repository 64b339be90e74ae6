//! What happens to a message after it was accepted.

use jiff::Timestamp;
use nhs::{MailboxId, MessageId};

use super::state::{Entry, Routing, State};
use crate::audit::{Did, code};
use crate::bodies::Body;
use crate::message::{Failure, MessageState};
use crate::operation::Outcome;

impl State {
    fn entry(&mut self, id: &MessageId) -> Option<&mut Entry> {
        let seq = self.by_id.get(id)?;
        self.messages.get_mut(seq)
    }

    pub(super) fn add_chunk(
        &mut self,
        id: &MessageId,
        number: u32,
        body: &Body,
        at: Timestamp,
    ) -> Outcome {
        let position = self.last_position + 1;
        let Some(entry) = self.entry(id) else {
            return Outcome::NotFound;
        };
        let Some(address) = entry.uploading.clone() else {
            return Outcome::Conflict;
        };
        let replaced = entry.chunks.insert(number, body.clone());
        let total = entry.new.total_chunks;
        let sender = entry.new.sender.as_ref().map_or("", MailboxId::as_str);
        let mut detail = format!("chunk={number}/{total}");
        if entry.received() == total {
            detail.push_str(" complete");
        }
        let line = Did::new(at, (sender, "chunk"), id, detail);
        if entry.received() == entry.new.total_chunks {
            entry.uploading = None;
            entry.completed = Some(at);
            match address {
                Some(address) => entry.routing = Some(Routing::new(address, at)),
                None => {
                    entry.waiting = Some((position, at));
                    self.last_position = position;
                }
            }
        }
        if let Some(Body::Object { key, .. }) = replaced {
            self.released.push(key);
        }
        self.note(line);
        Outcome::Done
    }

    pub(super) fn acknowledge(
        &mut self,
        mailbox: &MailboxId,
        id: &MessageId,
        at: Timestamp,
    ) -> Outcome {
        let entry = self.entry(id);
        let Some(entry) = entry.filter(|entry| entry.recipient() == Some(mailbox)) else {
            return Outcome::NotFound;
        };
        let Some((position, _)) = entry.waiting.take() else {
            return Outcome::NotFound;
        };
        entry.acknowledged = Some((position, at));
        Outcome::Done
    }

    pub(super) fn deliver(
        &mut self,
        id: &MessageId,
        recipient: &MailboxId,
        hidden: bool,
        at: Timestamp,
    ) -> Outcome {
        let position = self.last_position + 1;
        let entry = self.entry(id);
        let Some(entry) = entry.filter(|entry| entry.routing.is_some()) else {
            return Outcome::NotFound;
        };
        entry.routing = None;
        entry.routed = Some((recipient.clone(), hidden));
        entry.waiting = Some((position, at));
        self.last_position = position;
        Outcome::Done
    }

    pub(super) fn postpone(
        &mut self,
        id: &MessageId,
        attempts: u32,
        next_at: Timestamp,
    ) -> Outcome {
        match self.entry(id).and_then(|entry| entry.routing.as_mut()) {
            None => Outcome::NotFound,
            Some(routing) => {
                routing.attempts = attempts;
                routing.next_at = next_at;
                Outcome::Done
            }
        }
    }

    pub(super) fn fail(&mut self, id: &MessageId, failure: &Failure) -> Outcome {
        let Some(entry) = self.entry(id) else {
            return Outcome::NotFound;
        };
        if entry.routing.take().is_none() && entry.waiting.take().is_none() {
            return Outcome::NotFound;
        }
        entry.failed = Some((MessageState::Error, failure.clone()));
        Outcome::Done
    }

    pub(super) fn set_aside(&mut self, seq: i64, failure: &Failure) -> Outcome {
        match self.messages.get_mut(&seq) {
            Some(entry) if entry.is_held() => {
                (entry.routing, entry.waiting, entry.uploading) = (None, None, None);
                entry.failed = Some((MessageState::Error, failure.clone()));
                entry.quarantined = true;
                let did = ("exchange", "quarantined");
                let line = Did::new(failure.at, did, &entry.new.id, code(failure));
                self.note(line);
                Outcome::Done
            }
            _ => Outcome::NotFound,
        }
    }

    pub(super) fn set_state(
        &mut self,
        id: &MessageId,
        state: MessageState,
        failure: Option<&Failure>,
        at: Timestamp,
    ) -> Outcome {
        let position = self.last_position + 1;
        let Some(entry) = self.entry(id) else {
            return Outcome::NotFound;
        };
        let waited_at = entry.waiting.map_or(0, |(position, _)| position);
        entry.routing = None;
        entry.acknowledged = None;
        entry.failed = None;
        entry.uploading = None;
        if state != MessageState::Accepted {
            entry.waiting = None;
        }
        match state {
            MessageState::Accepted => {
                if entry.waiting.is_none() && entry.recipient().is_some() {
                    entry.waiting = Some((position, at));
                    self.last_position = position;
                }
            }
            MessageState::Acknowledged => entry.acknowledged = Some((waited_at, at)),
            MessageState::Uploading => entry.uploading = Some(None),
            MessageState::Error | MessageState::Undeliverable => {
                let none = Failure {
                    at,
                    code: String::new(),
                    event: String::new(),
                    description: String::new(),
                    linked: None,
                };
                entry.failed = Some((state, failure.cloned().unwrap_or(none)));
            }
        }
        Outcome::Done
    }
}
