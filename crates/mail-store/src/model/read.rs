//! The reads.

use std::collections::HashSet;

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::{MailboxId, MessageId};

use super::Model;
use super::state::{Entry, Routing, State};
use crate::StoreError;
use crate::arrivals::Arrivals;
use crate::audit::{AuditHead, before_the_first};
use crate::contract::backend::{Backend, Upkeep};
use crate::contract::{
    AuditFilter, AuditLine, AuditTrail, Body, Coordination, Directory, DirectoryRecords, Found,
    HashedLine, History, InboxSlice, Inboxes, ListFrom, Lists, MailboxSummary, Mailboxes, Message,
    MessageFilter, Messages, PurgeOrder, Purging, QueuedJob, Reads, RoutingBacklog, RoutingJob,
    RoutingQueue, RoutingSummary, Sealed, Searches, Steps, StoredStep, TokenDigest, UploadSummary,
    Uploads, Usage, Waiting, Wanted,
};

impl State {
    /// What waits for a mailbox, in order of arrival there.
    fn waiting_for(&self, mailbox: &MailboxId) -> Vec<(i64, &Entry)> {
        let mut waiting: Vec<_> = self
            .messages
            .values()
            .filter(|entry| entry.recipient() == Some(mailbox))
            .filter_map(|entry| Some((entry.waiting?.0, entry)))
            .collect();
        waiting.sort_by_key(|(position, _)| *position);
        waiting
    }

    /// Routing jobs, those that have been due longest first.
    fn routing(&self) -> Vec<(&Routing, &Entry)> {
        let mut queue: Vec<_> = self
            .messages
            .values()
            .filter_map(|entry| Some((entry.routing.as_ref()?, entry)))
            .collect();
        queue.sort_by_key(|(routing, entry)| (routing.next_at, entry.seq));
        queue
    }

    /// Counted anew.
    fn usage(&self, mailbox: &MailboxId) -> Usage {
        let mut usage = Usage::default();
        for entry in self.messages.values() {
            if entry.new.sender.as_ref() == Some(mailbox) {
                usage.messages += 1;
                usage.bytes += entry.stored_bytes();
                usage.waiting += u64::from(entry.is_held());
            }
        }
        usage
    }

    /// The trail with the hashes that it has.
    fn chain(&self) -> Vec<HashedLine> {
        let mut previous = before_the_first();
        let lines = self.audit.iter().map(|(line, _)| {
            previous = line.hash(&previous);
            HashedLine {
                line: line.clone(),
                hash: Some(previous),
            }
        });
        lines.collect()
    }

    fn uploading_by(&self, mailbox: &MailboxId) -> u32 {
        let uploading = self.messages.values().filter(|entry| {
            entry.uploading.is_some() && entry.new.sender.as_ref() == Some(mailbox)
        });
        u32::try_from(uploading.count()).unwrap_or(u32::MAX)
    }
}

fn job((routing, entry): (&Routing, &Entry)) -> QueuedJob {
    QueuedJob::Due(Box::new(RoutingJob {
        message: entry.message(),
        address: Sealed(routing.address.sealed.clone()),
        order_key: routing.address.order_key,
        since: routing.since,
        attempts: routing.attempts,
    }))
}

impl History for Model {}

impl Reads for Model {}

impl Backend for Model {}

#[async_trait]
impl Messages for Model {
    async fn message(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        let state = self.state();
        let seq = state.by_id.get(id);
        Ok(seq
            .and_then(|seq| state.messages.get(seq))
            .map(Entry::message))
    }

    async fn chunk(&self, seq: i64, number: u32) -> Result<Option<Body>, StoreError> {
        let state = self.state();
        let entry = state.messages.get(&seq);
        Ok(entry.and_then(|entry| entry.chunk(number)).cloned())
    }

    async fn recent(&self, limit: u32, before_seq: i64) -> Result<Vec<Message>, StoreError> {
        let state = self.state();
        let recent = state.messages.range(..before_seq).rev();
        Ok(recent
            .take(limit as usize)
            .map(|(_, entry)| entry.message())
            .collect())
    }

    async fn quarantined(&self) -> Result<u64, StoreError> {
        let state = self.state();
        let quarantined = state.messages.values().filter(|entry| entry.quarantined);
        Ok(quarantined.count() as u64)
    }
}

#[async_trait]
impl Inboxes for Model {
    async fn inbox(
        &self,
        mailbox: &MailboxId,
        after: i64,
        limit: usize,
        wanted: Wanted<'_>,
    ) -> Result<InboxSlice, StoreError> {
        let mut slice = InboxSlice::default();
        let mut last = after;
        for (position, entry) in self.state().waiting_for(mailbox) {
            if position <= after {
                continue;
            }
            if wanted(&entry.new.workflow) {
                if slice.ids.len() == limit {
                    slice.next_after = Some(last);
                    break;
                }
                slice.ids.push(entry.new.id.clone());
            }
            last = position;
        }
        Ok(slice)
    }

    async fn count(&self, mailbox: &MailboxId) -> Result<u64, StoreError> {
        Ok(self.state().waiting_for(mailbox).len() as u64)
    }

    async fn approximate_count(&self, mailbox: &MailboxId) -> Result<u64, StoreError> {
        self.count(mailbox).await
    }

    async fn inbox_position(&self, seq: i64) -> Result<Option<i64>, StoreError> {
        let state = self.state();
        Ok(state
            .messages
            .get(&seq)
            .and_then(|entry| entry.waiting.or(entry.acknowledged))
            .map(|(position, _)| position))
    }

    async fn seq_in_inbox(
        &self,
        mailbox: &MailboxId,
        id: &MessageId,
    ) -> Result<Option<i64>, StoreError> {
        let state = self.state();
        let waiting = state.waiting_for(mailbox);
        let found = waiting.iter().find(|(_, entry)| entry.new.id == *id);
        Ok(found.map(|(_, entry)| entry.seq))
    }

    async fn waiting_longest(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<Waiting>, StoreError> {
        let state = self.state();
        let mut waiting: Vec<_> = state
            .messages
            .values()
            .filter_map(|entry| Some((entry.waiting?, entry)))
            .filter(|((_, since), _)| *since < before)
            .collect();
        waiting.sort_by_key(|((position, _), _)| *position);
        waiting.truncate(limit as usize);
        Ok(waiting
            .into_iter()
            .map(|((_, since), entry)| Waiting {
                id: entry.new.id.clone(),
                seq: entry.seq,
                since,
            })
            .collect())
    }

    fn damaged(&self) -> Vec<i64> {
        Vec::new()
    }
}

#[async_trait]
impl Uploads for Model {
    async fn uploads_of(&self, mailbox: &MailboxId) -> Result<u32, StoreError> {
        Ok(self.state().uploading_by(mailbox))
    }

    async fn uploaded_bytes(&self, seq: i64) -> Result<u64, StoreError> {
        Ok(self.state().messages.get(&seq).map_or(0, Entry::bytes))
    }

    async fn uploads(&self, limit: u32) -> Result<Vec<UploadSummary>, StoreError> {
        let state = self.state();
        let uploading = state
            .messages
            .values()
            .filter(|entry| entry.uploading.is_some());
        Ok(uploading
            .take(limit as usize)
            .map(|entry| UploadSummary {
                message: entry.new.id.clone(),
                sender: entry.new.sender.clone(),
                recipient: entry.new.recipient.clone(),
                chunks_received: entry.received(),
                chunks_total: entry.new.total_chunks,
                bytes: entry.bytes(),
                started_at: entry.new.sent_at,
            })
            .collect())
    }
}

#[async_trait]
impl RoutingQueue for Model {
    async fn routing_due(
        &self,
        now: Timestamp,
        _lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<QueuedJob>, StoreError> {
        let mut due = Vec::new();
        let state = self.state();
        // in turn: whoever is put off holds back those behind it that are due sooner
        let mut queue = state.routing();
        queue.sort_by_key(|(routing, _)| routing.turn);
        for (routing, entry) in &queue {
            let held_back = queue.iter().any(|(earlier, other)| {
                earlier.address.order_key == routing.address.order_key
                    && other.seq < entry.seq
                    && earlier.next_at > routing.next_at
            });
            if routing.next_at <= now && !held_back && due.len() < limit as usize {
                due.push(job((routing, entry)));
            }
        }
        Ok(due)
    }

    async fn next_routing(&self) -> Result<Option<Timestamp>, StoreError> {
        let state = self.state();
        Ok(state.routing().first().map(|(routing, _)| routing.next_at))
    }

    async fn routing_backlog(&self) -> Result<RoutingBacklog, StoreError> {
        let state = self.state();
        let queue = state.routing();
        Ok(RoutingBacklog {
            waiting: queue.len() as u64,
            oldest: queue.iter().map(|(routing, _)| routing.since).min(),
        })
    }

    async fn routing_queue(&self, limit: u32) -> Result<Vec<RoutingSummary>, StoreError> {
        let state = self.state();
        let queue = state.routing().into_iter().take(limit as usize);
        Ok(queue
            .map(|(routing, entry)| RoutingSummary {
                message: entry.new.id.clone(),
                sender: entry.new.sender.clone(),
                workflow: entry.new.workflow.clone(),
                accepted_at: routing.since,
                attempts: routing.attempts,
                next_at: routing.next_at,
            })
            .collect())
    }
}

#[async_trait]
impl Lists for Model {
    async fn newest(
        &self,
        from: ListFrom,
        mailbox: &MailboxId,
        since: Timestamp,
        before_seq: i64,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let state = self.state();
        let listed = state.messages.values().rev().filter(|entry| {
            let owner = match from {
                ListFrom::Sent => entry.new.sender.as_ref(),
                ListFrom::Received => entry.recipient(),
            };
            owner == Some(mailbox) && entry.seq < before_seq && entry.new.sent_at > since
        });
        Ok(listed.take(limit as usize).map(Entry::message).collect())
    }

    async fn by_local_id(
        &self,
        mailbox: &MailboxId,
        local_id: &[u8],
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let state = self.state();
        let sent = state.messages.values().rev().filter(|entry| {
            entry.new.sender.as_ref() == Some(mailbox)
                && entry.new.details.local_id.as_deref() == Some(local_id)
        });
        Ok(sent.take(limit as usize).map(Entry::message).collect())
    }

    async fn audit_of(&self, subject: &str) -> Result<Vec<AuditLine>, StoreError> {
        let state = self.state();
        let lines = state
            .audit
            .iter()
            .filter(|(line, about)| line.subject == subject || about.as_deref() == Some(subject));
        Ok(lines.take(1000).map(|(line, _)| line.clone()).collect())
    }
}

#[async_trait]
impl Mailboxes for Model {
    async fn directory_version(&self) -> Result<i64, StoreError> {
        Ok(self.state().directory.version)
    }

    async fn directory(&self) -> Result<DirectoryRecords, StoreError> {
        Ok(self.state().directory.clone())
    }

    async fn usage(&self, mailbox: &MailboxId) -> Result<Usage, StoreError> {
        Ok(self.state().usage(mailbox))
    }

    async fn total_usage(&self) -> Result<Usage, StoreError> {
        let state = self.state();
        let senders: HashSet<_> = state
            .messages
            .values()
            .filter_map(|entry| entry.new.sender.clone())
            .collect();
        let usages = senders.iter().map(|sender| state.usage(sender));
        Ok(usages.fold(Usage::default(), Usage::and))
    }

    async fn mailbox_summaries(&self) -> Result<Vec<MailboxSummary>, StoreError> {
        let state = self.state();
        let summary = |mailbox: &MailboxId| {
            let waiting = state.waiting_for(mailbox);
            MailboxSummary {
                mailbox: mailbox.clone(),
                waiting: waiting.len() as u64,
                oldest: waiting
                    .first()
                    .and_then(|(_, entry)| entry.waiting)
                    .map(|(_, since)| since),
                uploading: state.uploading_by(mailbox),
                sent: state.usage(mailbox),
            }
        };
        let mailboxes = state.directory.mailboxes.iter();
        Ok(mailboxes.map(|mailbox| summary(&mailbox.id)).collect())
    }
}

#[async_trait]
impl AuditTrail for Model {
    async fn audit_page(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditLine>, StoreError> {
        let state = self.state();
        let lines = state.audit.iter().rev().map(|(line, _)| line);
        Ok(lines
            .filter(|line| before.is_none_or(|before| line.number < before))
            .take(limit as usize)
            .cloned()
            .collect())
    }

    async fn audit_chain(&self, after: i64, limit: u32) -> Result<Vec<HashedLine>, StoreError> {
        let chain = self.state().chain();
        let lines = chain
            .into_iter()
            .filter(|hashed| hashed.line.number > after);
        Ok(lines.take(limit as usize).collect())
    }

    async fn audit_ends(&self) -> Result<(AuditHead, AuditHead), StoreError> {
        let beginning = AuditHead::beginning(None);
        let last = self.state().chain().pop().and_then(|hashed| {
            let number = hashed.line.number;
            Some(AuditHead {
                number,
                hash: hashed.hash?,
            })
        });
        Ok((beginning, last.unwrap_or(beginning)))
    }
}

#[async_trait]
impl Steps for Model {
    async fn steps(&self, seq: i64) -> Result<Vec<StoredStep>, StoreError> {
        let state = self.state();
        let entry = state.messages.get(&seq);
        let mut steps = entry.map(|entry| entry.steps.clone()).unwrap_or_default();
        steps.sort_by_key(|step| step.at);
        Ok(steps)
    }
}

#[async_trait]
impl Searches for Model {
    async fn search_messages(
        &self,
        filter: &MessageFilter,
        before_seq: i64,
        limit: u32,
    ) -> Result<Found<Message>, StoreError> {
        let state = self.state();
        let messages = state.messages.range(..before_seq).rev();
        let wanted = messages
            .map(|(_, entry)| entry.message())
            .filter(|message| filter.wants(message));
        Ok(page(wanted, limit, |message| message.seq))
    }

    async fn search_audit(
        &self,
        filter: &AuditFilter,
        before: i64,
        limit: u32,
    ) -> Result<Found<AuditLine>, StoreError> {
        let state = self.state();
        let wanted = state.audit.iter().rev().filter(|(line, about)| {
            let subjects = [Some(&line.subject), about.as_ref()];
            let mailbox = filter.mailbox.as_ref().map(MailboxId::as_str);
            line.number < before
                && (filter.subject.is_none() || subjects.contains(&filter.subject.as_ref()))
                && mailbox.is_none_or(|it| line.actor == it || line.subject == it)
                && filter
                    .actor
                    .as_ref()
                    .is_none_or(|actor| line.actor == *actor)
                && filter
                    .action
                    .as_ref()
                    .is_none_or(|action| line.action == *action)
                && filter.from.is_none_or(|from| line.at >= from)
                && filter.until.is_none_or(|until| line.at < until)
        });
        let lines = wanted.map(|(line, _)| line.clone());
        Ok(page(lines, limit, |line| line.number))
    }
}

fn page<T>(wanted: impl Iterator<Item = T>, limit: u32, place: fn(&T) -> i64) -> Found<T> {
    let mut wanted = wanted.peekable();
    let found: Vec<T> = wanted.by_ref().take(limit as usize).collect();
    let next = wanted.peek().and(found.last()).map(place);
    Found { found, next }
}

#[async_trait]
impl Coordination for Model {
    async fn token_is_used(&self, token: &TokenDigest) -> Result<bool, StoreError> {
        Ok(self.state().tokens.contains_key(token))
    }

    async fn claim_housekeeping(
        &self,
        _now: Timestamp,
        _until: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(true)
    }
}

#[async_trait]
impl Purging for Model {
    async fn purge_orders(&self) -> Result<Vec<PurgeOrder>, StoreError> {
        let state = self.state();
        let orders = (1..).zip(&state.purges);
        Ok(orders
            .filter(|(_, (_, removed))| removed.is_none())
            .map(|(number, (purge, _))| PurgeOrder {
                number,
                purge: purge.clone(),
            })
            .collect())
    }
}

#[async_trait]
impl Upkeep for Model {
    async fn unreferenced(&self, keys: Vec<String>) -> Result<Vec<String>, StoreError> {
        let state = self.state();
        let named: HashSet<String> = state.messages.values().flat_map(Entry::objects).collect();
        Ok(keys
            .into_iter()
            .filter(|key| !named.contains(key))
            .collect())
    }

    fn arrivals(&self) -> &Arrivals {
        &self.arrivals
    }

    fn released(&self) -> Vec<String> {
        std::mem::take(&mut self.state().released)
    }

    fn operators_directory(&self) -> Result<Directory, StoreError> {
        Ok(self.operators())
    }
}
