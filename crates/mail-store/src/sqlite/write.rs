use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};

use super::columns::{body_columns, flags, mailbox, workflow};
use super::lists;
use crate::StoreError;
use crate::inbox::{InboxEntry, Inboxes};
use crate::message::{Kind, NewMessage, Place, SealedAddress};
use crate::operation::{Job, Op, Outcome, TokenDigest};
use crate::records::Writer;
use crate::tokens::UsedTokens;
use jiff::Timestamp;
use nhs::{MailboxId, MessageId, WorkflowId};

/// What readers and the writer share.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) inboxes: RwLock<Inboxes>,
    pub(crate) tokens: RwLock<UsedTokens>,
    /// Body files no record names any more.
    pub(crate) unreferenced: Mutex<Vec<String>>,
}

/// The one connection that writes.
pub(crate) struct SqliteWriter {
    connection: Connection,
    shared: Arc<Shared>,
    last_seq: i64,
    last_position: i64,
}

/// What a transaction will have changed in memory once it is durable.
#[derive(Default)]
pub(super) struct Effects {
    pub(super) appeared: Vec<(MailboxId, i64, InboxEntry)>,
    pub(super) left: Vec<i64>,
    pub(super) cleared: Vec<Option<MailboxId>>,
    tokens: Vec<(TokenDigest, Timestamp)>,
    fresh_tokens: HashSet<TokenDigest>,
    forget_tokens: Option<Timestamp>,
    pub(super) unreferenced: Vec<String>,
}

impl SqliteWriter {
    pub(crate) fn open(connection: Connection, shared: Arc<Shared>) -> Result<Self, StoreError> {
        let last_seq: i64 =
            connection.query_row("SELECT coalesce(max(seq), 0) FROM message", [], |r| {
                r.get(0)
            })?;
        let last_seq = last_seq.max(lists::fact(&connection, "last_seq")?);
        let last_position = lists::fact(&connection, "last_position")?;
        lists::load(&connection, &shared)?;
        Ok(Self {
            connection,
            shared,
            last_seq,
            last_position,
        })
    }

    /// All jobs in one transaction with one sync.
    fn commit_batch(&mut self, jobs: &[Job]) -> Result<Vec<Vec<Outcome>>, StoreError> {
        let (last_seq, last_position) = (self.last_seq, self.last_position);
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        match self.transact(jobs) {
            Ok((outcomes, effects)) => {
                self.publish(effects);
                Ok(outcomes)
            }
            Err(error) => {
                (self.last_seq, self.last_position) = (last_seq, last_position);
                if !self.connection.is_autocommit() {
                    self.connection.execute_batch("ROLLBACK")?;
                }
                Err(error)
            }
        }
    }

    fn transact(&mut self, jobs: &[Job]) -> Result<(Vec<Vec<Outcome>>, Effects), StoreError> {
        let (last_seq, last_position) = (self.last_seq, self.last_position);
        let mut effects = Effects::default();
        let mut outcomes = Vec::with_capacity(jobs.len());
        for job in jobs {
            let mut done = Vec::with_capacity(job.len());
            for op in job {
                let outcome = self.apply(op, &mut effects)?;
                let go_on = outcome.is_done();
                done.push(outcome);
                if !go_on {
                    break;
                }
            }
            outcomes.push(done);
        }
        if self.last_seq != last_seq {
            lists::set_fact(&self.connection, "last_seq", self.last_seq)?;
        }
        if self.last_position != last_position {
            lists::set_fact(&self.connection, "last_position", self.last_position)?;
        }
        self.connection.execute_batch("COMMIT")?;
        Ok((outcomes, effects))
    }

    fn publish(&self, effects: Effects) {
        if !effects.tokens.is_empty() || effects.forget_tokens.is_some() {
            let mut tokens = self
                .shared
                .tokens
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            for (token, forget_at) in effects.tokens {
                tokens.insert(token, forget_at);
            }
            if let Some(now) = effects.forget_tokens {
                tokens.forget(now);
            }
        }
        let mut inboxes = self
            .shared
            .inboxes
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        for cleared in &effects.cleared {
            inboxes.clear(cleared.as_ref());
        }
        for (mailbox, position, entry) in effects.appeared {
            inboxes.insert(mailbox, position, entry);
        }
        for seq in effects.left {
            inboxes.remove(seq);
        }
        drop(inboxes);
        self.shared
            .unreferenced
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(effects.unreferenced);
    }

    fn apply(&mut self, op: &Op, effects: &mut Effects) -> Result<Outcome, StoreError> {
        match op {
            Op::UseToken { token, forget_at } => self.use_token(token, *forget_at, effects),
            Op::Accept { message, place } => self.accept(message, place, effects),
            Op::Chunk {
                message,
                number,
                body,
                at,
            } => self.chunk(message, *number, body, *at, effects),
            Op::Acknowledge {
                mailbox,
                message,
                at,
            } => self.acknowledge(mailbox, message, *at, effects),
            Op::Deliver {
                message,
                recipient,
                hidden,
                at,
            } => self.deliver(message, recipient, *hidden, *at, effects),
            Op::Postpone {
                message,
                attempts,
                next_at,
            } => {
                let changed = self
                    .connection
                    .prepare_cached(
                        "UPDATE routing SET attempts = ?, next_at = ?
                         WHERE seq = (SELECT seq FROM message WHERE id = ?)",
                    )?
                    .execute(params![
                        attempts,
                        next_at.as_microsecond(),
                        message.as_str()
                    ])?;
                Ok(if changed == 0 {
                    Outcome::NotFound
                } else {
                    Outcome::Done
                })
            }
            Op::Fail { message, failure } => self.fail(message, failure, effects),
            Op::SetAside { seq, failure } => self.set_aside(*seq, failure),
            Op::SetState {
                message,
                state,
                failure,
                at,
            } => self.set_state(message, *state, failure.as_ref(), *at, effects),
            Op::Forget { before, limit } => {
                let waiting = |seq| self.waiting_position(seq);
                lists::forget(&self.connection, *before, *limit, &waiting, effects)
            }
            Op::ForgetTokens { now } => {
                effects.forget_tokens = Some(*now);
                lists::forget_tokens(&self.connection, *now)
            }
            Op::Index => lists::index(&self.connection),
            Op::Reset { mailbox } => lists::reset(&self.connection, mailbox.as_ref(), effects),
            Op::Audit {
                at,
                actor,
                action,
                subject,
            } => {
                lists::audit(&self.connection, *at, actor, action, subject)?;
                Ok(Outcome::Done)
            }
        }
    }

    fn use_token(
        &self,
        token: &TokenDigest,
        forget_at: Timestamp,
        effects: &mut Effects,
    ) -> Result<Outcome, StoreError> {
        let tokens = self
            .shared
            .tokens
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if tokens.contains(token) || !effects.fresh_tokens.insert(*token) {
            return Ok(Outcome::Duplicate);
        }
        drop(tokens);
        effects.tokens.push((*token, forget_at));
        self.connection
            .prepare_cached("INSERT INTO used_token (token, forget_at) VALUES (?, ?)")?
            .execute(params![token, forget_at.as_microsecond()])?;
        Ok(Outcome::Done)
    }

    fn accept(
        &mut self,
        message: &NewMessage,
        place: &Place,
        effects: &mut Effects,
    ) -> Result<Outcome, StoreError> {
        if matches!(place, Place::Inbox) && message.recipient.is_none() {
            return Ok(Outcome::NotFound);
        }
        let seq = self.last_seq + 1;
        if !insert_message(&self.connection, seq, message)? {
            return Ok(Outcome::Duplicate);
        }
        self.last_seq = seq;
        match place {
            Place::Inbox => {
                let Some(recipient) = &message.recipient else {
                    return Ok(Outcome::NotFound);
                };
                let entry = InboxEntry {
                    seq,
                    id: message.id.clone(),
                    workflow: message.workflow.clone(),
                };
                self.place_in_inbox(recipient.clone(), entry, message.sent_at, effects)?;
            }
            Place::Routing(address) => {
                self.place_in_routing(seq, address, message.sent_at)?;
            }
            Place::Uploading(address) => {
                self.connection
                    .prepare_cached(
                        "INSERT INTO uploading (seq, received, address, order_key)
                         VALUES (?, 1, ?, ?)",
                    )?
                    .execute(params![
                        seq,
                        address.as_ref().map(|address| &address.sealed),
                        address.as_ref().map(|address| &address.order_key)
                    ])?;
            }
        }
        Ok(Outcome::Done)
    }

    pub(super) fn place_in_inbox(
        &mut self,
        recipient: MailboxId,
        entry: InboxEntry,
        since: Timestamp,
        effects: &mut Effects,
    ) -> Result<i64, StoreError> {
        self.last_position += 1;
        self.connection
            .prepare_cached(
                "INSERT INTO pending (position, seq, recipient, id, workflow, since)
                 VALUES (?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                self.last_position,
                entry.seq,
                recipient.as_str(),
                entry.id.as_str(),
                entry.workflow.as_str(),
                since.as_microsecond()
            ])?;
        effects
            .appeared
            .push((recipient, self.last_position, entry));
        Ok(self.last_position)
    }

    pub(super) fn place_in_routing(
        &self,
        seq: i64,
        address: &SealedAddress,
        since: Timestamp,
    ) -> Result<(), StoreError> {
        let since = since.as_microsecond();
        self.connection
            .prepare_cached(
                "INSERT INTO routing (seq, address, order_key, since, attempts, next_at)
                 VALUES (?, ?, ?, ?, 0, ?)",
            )?
            .execute(params![
                seq,
                address.sealed,
                address.order_key,
                since,
                since
            ])?;
        Ok(())
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn waiting_position(&self, seq: i64) -> Option<i64> {
        self.shared
            .inboxes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .position(seq)
    }

    /// What the other operations need of a message's record.
    pub(super) fn find(&self, id: &MessageId) -> Result<Option<Found>, StoreError> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT m.seq, m.total_chunks, coalesce(m.recipient, r.recipient), m.workflow
                 FROM message m LEFT JOIN routed r ON r.seq = m.seq WHERE m.id = ?",
            )?
            .query_row(params![id.as_str()], |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    row.get::<_, u32>(1)?,
                    row.get::<_, Option<String>>(2)?,
                    row.get::<_, String>(3)?,
                ))
            })
            .optional()?;
        let Some((seq, total_chunks, recipient, flow)) = found else {
            return Ok(None);
        };
        Ok(Some(Found {
            seq,
            total_chunks,
            recipient: recipient.as_deref().map(mailbox).transpose()?,
            workflow: workflow(&flow)?,
        }))
    }
}

#[async_trait]
impl Writer for SqliteWriter {
    async fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Vec<Outcome>>, StoreError> {
        self.commit_batch(jobs)
    }
}

pub(super) struct Found {
    pub(super) seq: i64,
    pub(super) total_chunks: u32,
    pub(super) recipient: Option<MailboxId>,
    pub(super) workflow: WorkflowId,
}

/// False when the id exists already.
fn insert_message(
    connection: &Connection,
    seq: i64,
    message: &NewMessage,
) -> Result<bool, StoreError> {
    let (length, object, sha256, body) = body_columns(message.body.as_ref());
    let details = &message.details;
    let report = message.report.as_ref();
    let inserted = connection
        .prepare_cached(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
             ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            seq,
            message.id.as_str(),
            i64::from(message.kind == Kind::Report),
            message.sender.as_ref().map(MailboxId::as_str),
            message.recipient.as_ref().map(MailboxId::as_str),
            message.workflow.as_str(),
            message.sent_at.as_microsecond(),
            message.total_chunks,
            flags(details),
            details.local_id,
            details.subject,
            details.file_name,
            details.partner_id,
            details.checksum,
            details.content_type,
            report.map(|report| report.code.as_str()),
            report.map(|report| report.event.as_str()),
            report.map(|report| report.description.as_str()),
            report.and_then(|report| report.linked.as_deref()),
            length,
            object,
            sha256,
            body
        ])?;
    Ok(inserted == 1)
}
