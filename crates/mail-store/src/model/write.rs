//! The operations.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::{MailboxId, MessageId};

use super::Model;
use super::state::{Entry, Routing, State};
use crate::StoreError;
use crate::audit::AuditEntry;
use crate::contract::backend::Writer;
use crate::contract::{
    AuditLine, Job, NewMessage, NewStep, Op, OrderKey, Outcome, Place, STEPS_OF_A_MESSAGE,
    SealedAddress, TokenDigest,
};

#[async_trait]
impl Writer for Model {
    async fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Vec<Outcome>>, StoreError> {
        let mut state = self.state();
        let before = state.last_position;
        let outcomes = jobs.iter().map(|job| state.job(job)).collect();
        let arrived = state.waiting_after(before);
        drop(state);
        self.arrivals.arrived(&arrived);
        Ok(outcomes)
    }
}

impl State {
    /// Whose inboxes have messages at later positions.
    fn waiting_after(&self, position: i64) -> Vec<MailboxId> {
        let later = |entry: &&Entry| entry.waiting.is_some_and(|(at, _)| at > position);
        let later = self.messages.values().filter(later);
        later
            .filter_map(|entry| entry.recipient().cloned())
            .collect()
    }

    fn job(&mut self, job: &Job) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(job.len());
        for op in job {
            let outcome = self.apply(op);
            let go_on = outcome.is_done();
            if go_on {
                AuditEntry::of(op, &outcome).for_each(|entry| self.note(entry));
            }
            outcomes.push(outcome);
            if !go_on {
                break;
            }
        }
        outcomes
    }

    fn apply(&mut self, op: &Op) -> Outcome {
        match op {
            Op::UseToken { token, forget_at } => self.use_token(*token, *forget_at),
            Op::Accept { message, place } => self.accept(message, place),
            Op::Chunk {
                message,
                number,
                body,
                at,
            } => self.add_chunk(message, *number, body, *at),
            Op::Acknowledge {
                mailbox,
                message,
                at,
            } => self.acknowledge(mailbox, message, *at),
            Op::Deliver {
                message,
                recipient,
                hidden,
                at,
            } => self.deliver(message, recipient, *hidden, *at),
            Op::Postpone {
                message,
                attempts,
                next_at,
            } => self.postpone(message, *attempts, *next_at),
            Op::TryNow { message, at } => self.try_now(message, *at),
            Op::Fail {
                message,
                failed_as,
                failure,
            } => self.fail(message, failed_as.state(), failure),
            Op::SetAside { seq, failure } => self.set_aside(*seq, failure),
            Op::Redeliver { message, at } => self.redeliver(message, *at),
            Op::Forget { before, limit, at } => self.forget(*before, *limit, *at),
            Op::Purge { messages, at } => self.purge(messages, *at),
            Op::EndPurge { order, removed } => self.end_purge(*order, *removed),
            Op::ForgetTokens { now } => self.forget_tokens(*now),
            Op::Tally { at, tallies } => self.tally(*at, tallies),
            Op::Steps { steps } => self.keep_steps(steps),
            Op::Index => Outcome::Counted(0),
            Op::Audit { .. } => Outcome::Done,
        }
    }

    pub(super) fn note(&mut self, entry: AuditEntry) {
        let last = self.audit.last().map_or(0, |(line, _)| line.number);
        let line = AuditLine {
            number: last + 1,
            at: entry.at,
            actor: entry.actor,
            action: entry.action.to_owned(),
            subject: entry.subject,
            detail: entry.detail,
        };
        self.audit.push((line, entry.about));
    }

    fn keep_steps(&mut self, steps: &[NewStep]) -> Outcome {
        let mut kept = 0;
        for NewStep { message, step } in steps {
            let seq = self.by_id.get(message);
            let entry = seq.and_then(|seq| self.messages.get_mut(seq));
            if let Some(entry) = entry
                && entry.steps.len() < STEPS_OF_A_MESSAGE as usize
                && !entry.steps.contains(step)
            {
                entry.steps.push(step.clone());
                kept += 1;
            }
        }
        count(kept)
    }

    fn use_token(&mut self, token: TokenDigest, forget_at: Timestamp) -> Outcome {
        if self.tokens.contains_key(&token) {
            return Outcome::Duplicate;
        }
        self.tokens.insert(token, forget_at);
        Outcome::Done
    }

    fn forget_tokens(&mut self, now: Timestamp) -> Outcome {
        let before = self.tokens.len();
        self.tokens.retain(|_, forget_at| *forget_at >= now);
        count(before - self.tokens.len())
    }

    fn accept(&mut self, message: &NewMessage, place: &Place) -> Outcome {
        if self.by_id.contains_key(&message.id) {
            return Outcome::Duplicate;
        }
        if matches!(place, Place::Inbox) && message.recipient.is_none() {
            return Outcome::NotFound;
        }
        self.last_seq += 1;
        let mut entry = Entry::new(self.last_seq, message.clone());
        let mut outcome = Outcome::Done;
        match place {
            Place::Inbox => entry.waiting = Some((self.next_position(), message.sent_at)),
            Place::Routing(address) => {
                let turn = self.next_turn(message.sender.as_ref());
                entry.routing = Some(Routing::new(address.clone(), message.sent_at, turn));
            }
            Place::Routed(routed) if self.is_in_routing(&routed.address.order_key) => {
                let turn = self.next_turn(message.sender.as_ref());
                let address = routed.address.clone();
                entry.routing = Some(Routing::new(address, message.sent_at, turn));
                outcome = Outcome::Queued;
            }
            Place::Routed(routed) => {
                entry.routed = Some((routed.recipient.clone(), routed.hidden));
                entry.waiting = Some((self.next_position(), message.sent_at));
            }
            Place::Uploading(address) => entry.uploading = Some(address.clone()),
        }
        self.by_id.insert(message.id.clone(), entry.seq);
        self.messages.insert(entry.seq, entry);
        outcome
    }

    fn is_in_routing(&self, order_key: &OrderKey) -> bool {
        let queued = self.messages.values().filter_map(|it| it.routing.as_ref());
        queued
            .into_iter()
            .any(|it| it.address.order_key == *order_key)
    }

    /// The turn of a sender's next job in the routing queue.
    pub(super) fn next_turn(&self, sender: Option<&MailboxId>) -> i64 {
        let queued = |entry: &Entry| Some((entry.new.sender.clone(), entry.routing.as_ref()?.turn));
        let queue: Vec<_> = self.messages.values().filter_map(queued).collect();
        let first = queue.iter().map(|(_, turn)| *turn).min();
        let own = queue.iter().filter(|(of, _)| of.as_ref() == sender);
        let next = own.map(|(_, turn)| turn + 1).max();
        first.unwrap_or(0).max(next.unwrap_or(0))
    }

    pub(super) fn next_position(&mut self) -> i64 {
        self.last_position += 1;
        self.last_position
    }

    fn forget(&mut self, before: Timestamp, limit: u32, at: Timestamp) -> Outcome {
        let old: Vec<i64> = self
            .messages
            .values()
            .take(limit as usize)
            .take_while(|entry| entry.new.sent_at < before)
            .map(|entry| entry.seq)
            .collect();
        for seq in &old {
            if let Some(entry) = self.messages.remove(seq) {
                self.by_id.remove(&entry.new.id);
                self.released.extend(entry.objects());
                self.note(AuditEntry::forgotten(&entry.new.id, at));
            }
        }
        count(old.len())
    }

    fn purge(&mut self, messages: &[MessageId], at: Timestamp) -> Outcome {
        let mut removed = 0;
        let found = messages.iter().filter_map(|id| self.by_id.get(id));
        for seq in BTreeSet::from_iter(found.copied()) {
            if let Some(entry) = self.messages.remove(&seq) {
                self.by_id.remove(&entry.new.id);
                self.released.extend(entry.objects());
                self.note(AuditEntry::purged(&entry.new.id, at));
                removed += 1;
            }
        }
        count(removed)
    }

    fn end_purge(&mut self, order: i64, removed: u64) -> Outcome {
        let place = usize::try_from(order - 1).unwrap_or(usize::MAX);
        match self.purges.get_mut(place) {
            Some((_, ended @ None)) => {
                *ended = Some(removed);
                Outcome::Done
            }
            _ => Outcome::NotFound,
        }
    }
}

impl Routing {
    pub(super) fn new(address: SealedAddress, since: Timestamp, turn: i64) -> Self {
        Self {
            turn,
            address,
            since,
            attempts: 0,
            next_at: since,
        }
    }
}

fn count(number: usize) -> Outcome {
    Outcome::Counted(u32::try_from(number).unwrap_or(u32::MAX))
}
