//! A batch of jobs inside its transaction: what its operations have in common.

use nhs::{MailboxId, MessageId, WorkflowId};
use rusqlite::{Connection, OptionalExtension, params};

use super::effects::Effects;
use super::inbox_index::InboxEntry;
use super::shared::Shared;
use super::trail::Trail;
use crate::StoreError;
use crate::audit::AuditEntry;
use crate::backend::row::{mailbox, workflow};
use crate::backend::usage::UsageChange;
use crate::contract::{OrderKey, SealedAddress};
use jiff::Timestamp;

/// The last numbers given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbers {
    /// Place in the order of arrival at the store.
    pub(super) seq: i64,
    /// Position in an inbox.
    pub(super) position: i64,
}

/// The connection is inside a transaction that may write.
pub(super) struct Batch<'a> {
    pub(super) connection: &'a Connection,
    pub(super) shared: &'a Shared,
    pub(super) numbers: Numbers,
    pub(super) effects: Effects,
    trail: Trail,
}

/// What operations need of a message's record.
pub(super) struct Found {
    pub(super) seq: i64,
    pub(super) total_chunks: u32,
    pub(super) recipient: Option<MailboxId>,
    pub(super) workflow: WorkflowId,
    pub(super) sender: String,
}

impl<'a> Batch<'a> {
    pub(super) fn new(connection: &'a Connection, shared: &'a Shared, numbers: Numbers) -> Self {
        Self {
            connection,
            shared,
            numbers,
            effects: Effects::default(),
            trail: Trail::default(),
        }
    }

    /// What a sender's messages take changes.
    pub(super) fn count(&mut self, sender: Option<&str>, change: UsageChange) {
        self.effects.usage.add(sender, change);
    }

    /// A line in the audit trail.
    pub(super) fn note(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.trail.append(self.connection, entry)
    }

    pub(super) fn find(&self, id: &MessageId) -> Result<Option<Found>, StoreError> {
        let mut message = self.connection.prepare_cached(
            "SELECT m.seq, m.total_chunks, coalesce(m.recipient, r.recipient), m.workflow,
               coalesce(m.sender, '')
             FROM message m LEFT JOIN routed r ON r.seq = m.seq WHERE m.id = ?",
        )?;
        let mut rows = message.query(params![id.as_str()])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let recipient: Option<String> = row.get(2)?;
        Ok(Some(Found {
            seq: row.get(0)?,
            total_chunks: row.get(1)?,
            recipient: recipient.as_deref().map(mailbox).transpose()?,
            workflow: workflow(&row.get::<_, String>(3)?)?,
            sender: row.get(4)?,
        }))
    }

    /// At the end of an inbox.
    pub(super) fn place_in_inbox(
        &mut self,
        recipient: MailboxId,
        entry: InboxEntry,
        since: Timestamp,
    ) -> Result<i64, StoreError> {
        let position = self.numbers.position + 1;
        self.connection
            .prepare_cached(
                "INSERT INTO pending (position, seq, recipient, id, workflow, since)
                 VALUES (?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                position,
                entry.seq,
                recipient.as_str(),
                entry.id.as_str(),
                entry.workflow.as_str(),
                since.as_microsecond()
            ])?;
        self.numbers.position = position;
        self.effects.appear(recipient, position, entry);
        Ok(position)
    }

    /// At the end of the inbox that its patient led to.
    pub(super) fn place_routed(
        &mut self,
        recipient: &MailboxId,
        entry: InboxEntry,
        hidden: bool,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let seq = entry.seq;
        let position = self.place_in_inbox(recipient.clone(), entry, at)?;
        self.connection
            .prepare_cached(
                "INSERT INTO routed (position, seq, recipient, hidden, at) VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![
                position,
                seq,
                recipient.as_str(),
                hidden,
                at.as_microsecond()
            ])?;
        Ok(())
    }

    /// Whether a message with an order key waits to be routed.
    pub(super) fn is_in_routing(&self, order_key: &OrderKey) -> Result<bool, StoreError> {
        Ok(self
            .connection
            .prepare_cached("SELECT 1 FROM routing WHERE order_key = ?")?
            .exists(params![order_key])?)
    }

    pub(super) fn place_in_routing(
        &self,
        seq: i64,
        sender: &str,
        address: &SealedAddress,
        since: Timestamp,
    ) -> Result<(), StoreError> {
        let since = since.as_microsecond();
        self.connection
            .prepare_cached(
                "INSERT INTO routing
                   (seq, address, order_key, since, attempts, next_at, sender, turn)
                 VALUES (?1, ?2, ?3, ?4, 0, ?4, ?5,
                   max(coalesce((SELECT min(turn) FROM routing), 0),
                     coalesce((SELECT max(turn) + 1 FROM routing WHERE sender = ?5), 0)))",
            )?
            .execute(params![
                seq,
                address.sealed,
                address.order_key,
                since,
                sender
            ])?;
        Ok(())
    }

    /// Where a message waits, as of this point of the transaction.
    pub(super) fn waiting_position(&self, seq: i64) -> Option<i64> {
        match self.effects.place(seq) {
            Some(place) => place,
            None => self.shared.inboxes().position(seq),
        }
    }

    /// Takes a message out of the inbox it waits in, and says where it was; `None` when it waits in
    /// none.
    pub(super) fn take_out(&mut self, seq: i64) -> Result<Option<i64>, StoreError> {
        let Some(position) = self.waiting_position(seq) else {
            return Ok(None);
        };
        let deleted = self
            .connection
            .prepare_cached("DELETE FROM pending WHERE position = ? AND seq = ?")?
            .execute(params![position, seq])?;
        self.effects.leave(seq);
        Ok((deleted == 1).then_some(position))
    }

    /// Whether a table has a row of a message.
    pub(super) fn is_in(&self, table: &str, seq: i64) -> Result<bool, StoreError> {
        let sql = format!("SELECT 1 FROM {table} WHERE seq = ?");
        let found = self
            .connection
            .prepare_cached(&sql)?
            .query_row(params![seq], |_| Ok(()))
            .optional()?;
        Ok(found.is_some())
    }
}
