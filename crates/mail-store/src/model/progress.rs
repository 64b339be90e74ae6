//! What happens to a message after it was accepted.

use jiff::Timestamp;
use nhs::{MailboxId, MessageId};

use super::state::{Entry, Routing, State};
use crate::audit::AuditEntry;
use crate::contract::{Body, Failure, MessageState, Outcome};

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
        let sender = self.entry(id).and_then(|entry| entry.new.sender.clone());
        let turn = self.next_turn(sender.as_ref());
        let Some(entry) = self.entry(id) else {
            return Outcome::NotFound;
        };
        let Some(address) = entry.uploading.clone() else {
            return Outcome::Conflict;
        };
        let replaced = entry.chunks.insert(number, body.clone());
        let total = entry.new.total_chunks;
        let sender = entry.new.sender.as_ref().map_or("", MailboxId::as_str);
        let complete = entry.received() == total;
        let line = AuditEntry::chunk(at, sender, id, (number, total), complete);
        if complete {
            entry.uploading = None;
            entry.completed = Some(at);
            match address {
                Some(address) => entry.routing = Some(Routing::new(address, at, turn)),
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

    pub(super) fn try_now(&mut self, id: &MessageId, at: Timestamp) -> Outcome {
        let wanted = self.entry(id).and_then(|entry| {
            let key = entry.routing.as_ref()?.address.order_key;
            Some((entry.seq, key))
        });
        let Some((last, key)) = wanted else {
            return Outcome::NotFound;
        };
        for entry in self.messages.range_mut(..=last).map(|(_, entry)| entry) {
            if let Some(routing) = &mut entry.routing
                && routing.address.order_key == key
            {
                routing.next_at = routing.next_at.min(at);
            }
        }
        Outcome::Done
    }

    pub(super) fn fail(
        &mut self,
        id: &MessageId,
        state: MessageState,
        failure: &Failure,
    ) -> Outcome {
        let Some(entry) = self.entry(id) else {
            return Outcome::NotFound;
        };
        if entry.routing.take().is_none() && entry.waiting.take().is_none() {
            return Outcome::NotFound;
        }
        entry.failed = Some((state, failure.clone()));
        Outcome::Done
    }

    pub(super) fn set_aside(&mut self, seq: i64, failure: &Failure) -> Outcome {
        match self.messages.get_mut(&seq) {
            Some(entry) if entry.is_held() => {
                (entry.routing, entry.waiting, entry.uploading) = (None, None, None);
                entry.failed = Some((MessageState::Error, failure.clone()));
                entry.quarantined = true;
                let line = AuditEntry::quarantined(&entry.new.id, failure);
                self.note(line);
                Outcome::Done
            }
            _ => Outcome::NotFound,
        }
    }

    pub(super) fn redeliver(&mut self, id: &MessageId, at: Timestamp) -> Outcome {
        let position = self.last_position + 1;
        let Some(entry) = self.entry(id) else {
            return Outcome::NotFound;
        };
        let ended = entry.acknowledged.is_some() || entry.failed.is_some();
        if !ended || entry.quarantined || entry.recipient().is_none() {
            return Outcome::Conflict;
        }
        (entry.acknowledged, entry.failed) = (None, None);
        entry.waiting = Some((position, at));
        self.last_position = position;
        Outcome::Done
    }
}
