use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use async_trait::async_trait;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use super::audit::Trail;
use super::columns::CHECKED;
use super::{checksum, lists};
use crate::StoreError;
use crate::audit::accepted;
use crate::inbox::{InboxEntry, Inboxes};
use crate::message::{Kind, NewMessage, Place, SealedAddress};
use crate::operation::{Job, Op, Outcome, TokenDigest};
use crate::records::Writer;
use crate::stored::{body_columns, flags, mailbox, workflow};
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
    /// Places in the order of arrival of messages found damaged, to be set aside.
    pub(crate) damaged: Mutex<Vec<i64>>,
}

impl Shared {
    /// Notes a message to be set aside, by its place in the order of arrival.
    pub(crate) fn found_damaged(&self, seq: i64) {
        tracing::error!(seq, "a stored record is damaged");
        let mut damaged = self.damaged.lock().unwrap_or_else(PoisonError::into_inner);
        if !damaged.contains(&seq) {
            damaged.push(seq);
        }
    }
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
    /// Where messages are by now that have come into an inbox or left it.
    places: HashMap<i64, Option<i64>>,
    left: Vec<i64>,
    pub(super) cleared: Vec<Option<MailboxId>>,
    tokens: Vec<(TokenDigest, Timestamp)>,
    fresh_tokens: HashSet<TokenDigest>,
    forget_tokens: Option<Timestamp>,
    pub(super) unreferenced: Vec<String>,
    pub(super) trail: Trail,
}

impl Effects {
    /// A message leaves its inbox.
    pub(super) fn leave(&mut self, seq: i64) {
        self.places.insert(seq, None);
        self.left.push(seq);
    }
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
        self.run("BEGIN IMMEDIATE")?;
        match self.transact(jobs) {
            Ok((outcomes, effects)) => {
                self.publish(effects);
                Ok(outcomes)
            }
            Err(error) => {
                (self.last_seq, self.last_position) = (last_seq, last_position);
                if !self.connection.is_autocommit() {
                    self.run("ROLLBACK")?;
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
        self.run("COMMIT")?;
        Ok((outcomes, effects))
    }

    fn run(&self, statement: &str) -> Result<(), StoreError> {
        self.connection.prepare_cached(statement)?.execute([])?;
        Ok(())
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
        for seq in effects.left {
            inboxes.remove(seq);
        }
        for (mailbox, position, entry) in effects.appeared {
            if effects.places.get(&entry.seq) == Some(&Some(position)) {
                inboxes.insert(mailbox, position, entry);
            }
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
            Op::SetAside { seq, failure } => self.set_aside(*seq, failure, effects),
            Op::SetState {
                message,
                state,
                failure,
                at,
            } => self.set_state(message, *state, failure.as_ref(), *at, effects),
            Op::Forget { before, limit, at } => {
                let waiting = |seq, effects: &Effects| self.waiting_position(seq, effects);
                lists::forget(&self.connection, (*before, *at), *limit, &waiting, effects)
            }
            Op::ForgetTokens { now } => {
                effects.forget_tokens = Some(*now);
                lists::forget_tokens(&self.connection, *now)
            }
            Op::Index => lists::index(&self.connection),
            Op::Reset { mailbox, at } => {
                lists::reset(&self.connection, mailbox.as_ref(), *at, effects)
            }
            Op::Audit {
                at,
                actor,
                action,
                subject,
                detail,
            } => {
                let did = (actor.as_str(), *action);
                effects
                    .trail
                    .append(&self.connection, *at, did, subject, detail)?;
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
        let (actor, action, detail) = accepted(message, place);
        let (at, did) = (message.sent_at, (actor, action));
        effects
            .trail
            .append(&self.connection, at, did, message.id.as_str(), &detail)?;
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
        effects.places.insert(entry.seq, Some(self.last_position));
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

    /// Where a message waits, as of this point of the transaction.
    pub(super) fn waiting_position(&self, seq: i64, effects: &Effects) -> Option<i64> {
        if let Some(place) = effects.places.get(&seq) {
            return *place;
        }
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
                "SELECT m.seq, m.total_chunks, coalesce(m.recipient, r.recipient), m.workflow,
                   coalesce(m.sender, '') FROM message m LEFT JOIN routed r ON r.seq = m.seq WHERE m.id = ?",
            )?
            .query_row(params![id.as_str()], |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    row.get::<_, u32>(1)?,
                    row.get::<_, Option<String>>(2)?,
                    row.get::<_, String>(3)?,
                    row.get::<_, String>(4)?,
                ))
            })
            .optional()?;
        let Some((seq, total_chunks, recipient, flow, sender)) = found else {
            return Ok(None);
        };
        Ok(Some(Found {
            seq,
            total_chunks,
            recipient: recipient.as_deref().map(mailbox).transpose()?,
            workflow: workflow(&flow)?,
            sender,
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
    pub(super) sender: String,
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
    let (text, blob) = (text_or_null, blob_or_null);
    let columns: [ValueRef<'_>; CHECKED] = [
        ValueRef::Integer(seq),
        text(Some(message.id.as_str())),
        ValueRef::Integer(i64::from(message.kind == Kind::Report)),
        text(message.sender.as_ref().map(MailboxId::as_str)),
        text(message.recipient.as_ref().map(MailboxId::as_str)),
        text(Some(message.workflow.as_str())),
        ValueRef::Integer(message.sent_at.as_microsecond()),
        ValueRef::Integer(message.total_chunks.into()),
        ValueRef::Integer(flags(details)),
        blob(details.local_id.as_deref()),
        blob(details.subject.as_deref()),
        blob(details.file_name.as_deref()),
        blob(details.partner_id.as_deref()),
        blob(details.checksum.as_deref()),
        blob(details.content_type.as_deref()),
        text(report.map(|report| report.code.as_str())),
        text(report.map(|report| report.event.as_str())),
        text(report.map(|report| report.description.as_str())),
        text(report.and_then(|report| report.linked.as_deref())),
        ValueRef::Integer(length),
        text(object),
        blob(sha256),
    ];
    let crc = ValueRef::Integer(checksum::record(&columns, body));
    let mut insert = connection.prepare_cached(
        "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
         ?, ?, ?) ON CONFLICT (id) DO NOTHING",
    )?;
    let all = columns.into_iter().chain([blob(body), crc]);
    Ok(insert.execute(params_from_iter(all.map(ToSqlOutput::Borrowed)))? == 1)
}

fn text_or_null(text: Option<&str>) -> ValueRef<'_> {
    text.map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes()))
}

fn blob_or_null(bytes: Option<&[u8]>) -> ValueRef<'_> {
    bytes.map_or(ValueRef::Null, ValueRef::Blob)
}
