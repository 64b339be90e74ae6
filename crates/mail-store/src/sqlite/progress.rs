//! What happens to a message after it was accepted.

use jiff::Timestamp;
use nhs::{MailboxId, MessageId, WorkflowId};
use rusqlite::{OptionalExtension, params};

use super::columns::chunk_columns;
use super::write::{Effects, Found, SqliteWriter};
use super::{checksum, quarantine};
use crate::StoreError;
use crate::audit::code;
use crate::bodies::Body;
use crate::inbox::InboxEntry;
use crate::message::{Failure, MessageState, SealedAddress};
use crate::operation::Outcome;
use crate::stored::{body_columns, workflow};

impl SqliteWriter {
    pub(super) fn chunk(
        &mut self,
        id: &MessageId,
        number: u32,
        body: &Body,
        at: Timestamp,
        effects: &mut Effects,
    ) -> Result<Outcome, StoreError> {
        let Some(message) = self.find(id)? else {
            return Ok(Outcome::NotFound);
        };
        let seq = message.seq;
        let uploading = self
            .connection()
            .prepare_cached("SELECT received, address, order_key FROM uploading WHERE seq = ?")?
            .query_row(params![seq], |row| {
                let address = match row.get(1)? {
                    None => None,
                    Some(sealed) => Some(SealedAddress {
                        sealed,
                        order_key: row.get(2)?,
                    }),
                };
                Ok((row.get::<_, u32>(0)?, address))
            })
            .optional()?;
        let Some((received, address)) = uploading else {
            return Ok(Outcome::Conflict);
        };
        let sent_again = self.replace_chunk(seq, number, body, effects)?;
        let total = message.total_chunks;
        let received = if sent_again || number == 1 {
            received
        } else {
            received + 1
        };
        let did = (message.sender.as_str(), "chunk");
        if received < total {
            self.connection()
                .prepare_cached("UPDATE uploading SET received = ? WHERE seq = ?")?
                .execute(params![received, seq])?;
            let detail = format!("chunk={number}/{total}");
            effects
                .trail
                .append(self.connection(), at, did, id.as_str(), &detail)?;
            return Ok(Outcome::Done);
        }
        let detail = format!("chunk={number}/{total} complete");
        effects
            .trail
            .append(self.connection(), at, did, id.as_str(), &detail)?;
        self.complete(message, id, address, at, effects)?;
        Ok(Outcome::Done)
    }

    /// True when the chunk had been sent before.
    fn replace_chunk(
        &self,
        seq: i64,
        number: u32,
        body: &Body,
        effects: &mut Effects,
    ) -> Result<bool, StoreError> {
        let before: Option<Option<String>> = self
            .connection()
            .prepare_cached("SELECT object FROM chunk WHERE seq = ? AND number = ?")?
            .query_row(params![seq, number], |row| row.get(0))
            .optional()?;
        let columns = body_columns(Some(body));
        let (length, object, sha256, bytes) = columns;
        let crc = checksum::record(&chunk_columns(seq, number, columns), bytes);
        self.connection()
            .prepare_cached(
                "INSERT OR REPLACE INTO chunk (seq, number, length, object, sha256, body, crc)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![seq, number, length, object, sha256, bytes, crc])?;
        let sent_again = before.is_some();
        effects.unreferenced.extend(before.flatten());
        Ok(sent_again)
    }

    fn complete(
        &mut self,
        message: Found,
        id: &MessageId,
        address: Option<SealedAddress>,
        at: Timestamp,
        effects: &mut Effects,
    ) -> Result<(), StoreError> {
        let seq = message.seq;
        self.connection()
            .prepare_cached("DELETE FROM uploading WHERE seq = ?")?
            .execute(params![seq])?;
        self.connection()
            .prepare_cached(
                "INSERT INTO completed (seq, at, length) SELECT ?1, ?2,
                   (SELECT sum(length) FROM chunk WHERE seq = ?1)
                   + CASE WHEN EXISTS (SELECT 1 FROM chunk WHERE seq = ?1 AND number = 1) THEN 0
                     ELSE (SELECT length FROM message WHERE seq = ?1) END",
            )?
            .execute(params![seq, at.as_microsecond()])?;
        match (address, message.recipient) {
            (Some(address), _) => self.place_in_routing(seq, &address, at),
            (None, Some(recipient)) => {
                let entry = InboxEntry {
                    seq,
                    id: id.clone(),
                    workflow: message.workflow,
                };
                self.place_in_inbox(recipient, entry, at, effects).map(drop)
            }
            (None, None) => Err(StoreError::DamagedRecord("a message without an address")),
        }
    }

    pub(super) fn acknowledge(
        &mut self,
        mailbox: &MailboxId,
        id: &MessageId,
        at: Timestamp,
        effects: &mut Effects,
    ) -> Result<Outcome, StoreError> {
        let Some(message) = self.find(id)? else {
            return Ok(Outcome::NotFound);
        };
        if message.recipient.as_ref() != Some(mailbox) {
            return Ok(Outcome::NotFound);
        }
        let Some(position) = self.take_out(message.seq, effects)? else {
            return Ok(Outcome::NotFound);
        };
        self.note_acknowledged(message.seq, position, at)?;
        let did = (mailbox.as_str(), "acknowledged");
        effects
            .trail
            .append(self.connection(), at, did, id.as_str(), "")?;
        Ok(Outcome::Done)
    }

    fn note_acknowledged(&self, seq: i64, position: i64, at: Timestamp) -> Result<(), StoreError> {
        self.connection()
            .prepare_cached(
                "INSERT OR REPLACE INTO acknowledged (seq, position, at) VALUES (?, ?, ?)",
            )?
            .execute(params![seq, position, at.as_microsecond()])?;
        Ok(())
    }

    /// Takes a message out of the inbox it waits in, and says where it was; `None` when it waits in
    /// none.
    fn take_out(&self, seq: i64, effects: &mut Effects) -> Result<Option<i64>, StoreError> {
        let Some(position) = self.waiting_position(seq, effects) else {
            return Ok(None);
        };
        let deleted = self
            .connection()
            .prepare_cached("DELETE FROM pending WHERE position = ? AND seq = ?")?
            .execute(params![position, seq])?;
        effects.leave(seq);
        Ok((deleted == 1).then_some(position))
    }

    /// Place in the order of arrival and workflow: all that a delivery needs of a message's record.
    fn find_in_routing(&self, id: &MessageId) -> Result<Option<(i64, WorkflowId)>, StoreError> {
        let mut message = self
            .connection()
            .prepare_cached("SELECT seq, workflow FROM message WHERE id = ?")?;
        let mut rows = message.query(params![id.as_str()])?;
        match rows.next()? {
            Some(row) => Ok(Some((row.get(0)?, workflow(&row.get::<_, String>(1)?)?))),
            None => Ok(None),
        }
    }

    fn end_routing(&self, seq: i64) -> Result<bool, StoreError> {
        let deleted = self
            .connection()
            .prepare_cached("DELETE FROM routing WHERE seq = ?")?
            .execute(params![seq])?;
        Ok(deleted == 1)
    }

    pub(super) fn deliver(
        &mut self,
        id: &MessageId,
        recipient: &MailboxId,
        hidden: bool,
        at: Timestamp,
        effects: &mut Effects,
    ) -> Result<Outcome, StoreError> {
        let Some((seq, flow)) = self.find_in_routing(id)? else {
            return Ok(Outcome::NotFound);
        };
        if !self.end_routing(seq)? {
            return Ok(Outcome::NotFound);
        }
        let entry = InboxEntry {
            seq,
            id: id.clone(),
            workflow: flow,
        };
        let position = self.place_in_inbox(recipient.clone(), entry, at, effects)?;
        self.connection()
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
        let (did, detail) = (("exchange", "delivered"), format!("to={recipient}"));
        effects
            .trail
            .append(self.connection(), at, did, id.as_str(), &detail)?;
        Ok(Outcome::Done)
    }

    pub(super) fn set_aside(
        &self,
        seq: i64,
        failure: &Failure,
        effects: &mut Effects,
    ) -> Result<Outcome, StoreError> {
        let mut held = self.end_routing(seq)?;
        held |= self.take_out(seq, effects)?.is_some();
        // a place whose own record is damaged is not in the inbox in memory
        for sql in [
            "DELETE FROM pending WHERE seq = ?",
            "DELETE FROM uploading WHERE seq = ?",
        ] {
            held |= self.connection().execute(sql, params![seq])? > 0;
        }
        if !held {
            return Ok(Outcome::NotFound);
        }
        self.note_failed(seq, MessageState::Error, failure)?;
        let subject = quarantine::note(self.connection(), seq, failure.at, &failure.code)?;
        let (did, detail) = (("exchange", "quarantined"), code(failure));
        effects
            .trail
            .append(self.connection(), failure.at, did, &subject, &detail)?;
        Ok(Outcome::Done)
    }

    pub(super) fn fail(
        &mut self,
        id: &MessageId,
        failure: &Failure,
        effects: &mut Effects,
    ) -> Result<Outcome, StoreError> {
        let Some(message) = self.find(id)? else {
            return Ok(Outcome::NotFound);
        };
        if !self.end_routing(message.seq)? && self.take_out(message.seq, effects)?.is_none() {
            return Ok(Outcome::NotFound);
        }
        self.note_failed(message.seq, MessageState::Error, failure)?;
        let (did, detail) = (("exchange", "failed"), code(failure));
        effects
            .trail
            .append(self.connection(), failure.at, did, id.as_str(), &detail)?;
        Ok(Outcome::Done)
    }

    fn note_failed(
        &self,
        seq: i64,
        state: MessageState,
        failure: &Failure,
    ) -> Result<(), StoreError> {
        self.connection()
            .prepare_cached(
                "INSERT OR REPLACE INTO failed (seq, state, at, code, event, description, linked)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                seq,
                state.as_str(),
                failure.at.as_microsecond(),
                failure.code,
                failure.event,
                failure.description,
                failure.linked
            ])?;
        Ok(())
    }

    pub(super) fn set_state(
        &mut self,
        id: &MessageId,
        state: MessageState,
        failure: Option<&Failure>,
        at: Timestamp,
        effects: &mut Effects,
    ) -> Result<Outcome, StoreError> {
        let Some(message) = self.find(id)? else {
            return Ok(Outcome::NotFound);
        };
        let seq = message.seq;
        let did = ("sandbox", "state set");
        effects
            .trail
            .append(self.connection(), at, did, id.as_str(), state.as_str())?;
        self.end_routing(seq)?;
        let waited_at = match state {
            MessageState::Accepted => None,
            _ => self.take_out(seq, effects)?,
        };
        for table in ["acknowledged", "failed", "uploading"] {
            self.connection()
                .execute(&format!("DELETE FROM {table} WHERE seq = ?"), params![seq])?;
        }
        match (state, message.recipient) {
            (MessageState::Accepted, Some(recipient))
                if self.waiting_position(seq, effects).is_none() =>
            {
                let entry = InboxEntry {
                    seq,
                    id: id.clone(),
                    workflow: message.workflow,
                };
                self.place_in_inbox(recipient, entry, at, effects)?;
            }
            (MessageState::Accepted, _) => {}
            (MessageState::Acknowledged, _) => {
                self.note_acknowledged(seq, waited_at.unwrap_or(0), at)?;
            }
            (MessageState::Uploading, _) => {
                self.connection().execute(
                    "INSERT INTO uploading (seq, received, address)
                     VALUES (?1, 1 + (SELECT count(*) FROM chunk WHERE seq = ?1 AND number > 1),
                     NULL)",
                    params![seq],
                )?;
            }
            (MessageState::Error | MessageState::Undeliverable, _) => {
                let none = Failure {
                    at,
                    code: String::new(),
                    event: String::new(),
                    description: String::new(),
                    linked: None,
                };
                self.note_failed(seq, state, failure.unwrap_or(&none))?;
            }
        }
        Ok(Outcome::Done)
    }
}
