//! What happens to a message after it was accepted.

use jiff::Timestamp;
use nhs::{MailboxId, MessageId, WorkflowId};
use rusqlite::params;

use super::batch::Batch;
use super::inbox_index::InboxEntry;
use super::quarantine;
use crate::StoreError;
use crate::audit::AuditEntry;
use crate::backend::row::workflow;
use crate::backend::usage::UsageChange;
use crate::contract::{Failure, MessageState, Outcome};

pub(super) fn acknowledge(
    batch: &mut Batch<'_>,
    mailbox: &MailboxId,
    id: &MessageId,
    at: Timestamp,
) -> Result<Outcome, StoreError> {
    let Some(message) = batch.find(id)? else {
        return Ok(Outcome::NotFound);
    };
    if message.recipient.as_ref() != Some(mailbox) {
        return Ok(Outcome::NotFound);
    }
    let Some(position) = batch.take_out(message.seq)? else {
        return Ok(Outcome::NotFound);
    };
    batch.count(Some(&message.sender), UsageChange::settled());
    batch
        .connection
        .prepare_cached("INSERT OR REPLACE INTO acknowledged (seq, position, at) VALUES (?, ?, ?)")?
        .execute(params![message.seq, position, at.as_microsecond()])?;
    Ok(Outcome::Done)
}

/// Place in the order of arrival and workflow: all that a delivery needs of a message's record.
fn find_in_routing(
    batch: &Batch<'_>,
    id: &MessageId,
) -> Result<Option<(i64, WorkflowId)>, StoreError> {
    let mut message = batch
        .connection
        .prepare_cached("SELECT seq, workflow FROM message WHERE id = ?")?;
    let mut rows = message.query(params![id.as_str()])?;
    match rows.next()? {
        Some(row) => Ok(Some((row.get(0)?, workflow(&row.get::<_, String>(1)?)?))),
        None => Ok(None),
    }
}

fn end_routing(batch: &Batch<'_>, seq: i64) -> Result<bool, StoreError> {
    let deleted = batch
        .connection
        .prepare_cached("DELETE FROM routing WHERE seq = ?")?
        .execute(params![seq])?;
    Ok(deleted == 1)
}

pub(super) fn deliver(
    batch: &mut Batch<'_>,
    id: &MessageId,
    recipient: &MailboxId,
    hidden: bool,
    at: Timestamp,
) -> Result<Outcome, StoreError> {
    let Some((seq, workflow)) = find_in_routing(batch, id)? else {
        return Ok(Outcome::NotFound);
    };
    if !end_routing(batch, seq)? {
        return Ok(Outcome::NotFound);
    }
    let entry = InboxEntry {
        seq,
        id: id.clone(),
        workflow,
    };
    batch.place_routed(recipient, entry, hidden, at)?;
    Ok(Outcome::Done)
}

pub(super) fn postpone(
    batch: &Batch<'_>,
    id: &MessageId,
    attempts: u32,
    next_at: Timestamp,
) -> Result<Outcome, StoreError> {
    let changed = batch
        .connection
        .prepare_cached(
            "UPDATE routing SET attempts = ?, next_at = ?
             WHERE seq = (SELECT seq FROM message WHERE id = ?)",
        )?
        .execute(params![attempts, next_at.as_microsecond(), id.as_str()])?;
    Ok(if changed == 0 {
        Outcome::NotFound
    } else {
        Outcome::Done
    })
}

/// Those before it with its order key too: they would hold it back.
pub(super) fn try_now(
    batch: &Batch<'_>,
    id: &MessageId,
    at: Timestamp,
) -> Result<Outcome, StoreError> {
    let changed = batch
        .connection
        .prepare_cached(
            "UPDATE routing SET next_at = min(routing.next_at, ?) FROM (
               SELECT r.seq, r.order_key FROM routing r JOIN message m ON m.seq = r.seq
               WHERE m.id = ?) wanted
             WHERE routing.order_key = wanted.order_key AND routing.seq <= wanted.seq",
        )?
        .execute(params![at.as_microsecond(), id.as_str()])?;
    Ok(if changed == 0 {
        Outcome::NotFound
    } else {
        Outcome::Done
    })
}

pub(super) fn fail(
    batch: &mut Batch<'_>,
    id: &MessageId,
    state: MessageState,
    failure: &Failure,
) -> Result<Outcome, StoreError> {
    let Some(message) = batch.find(id)? else {
        return Ok(Outcome::NotFound);
    };
    if !end_routing(batch, message.seq)? && batch.take_out(message.seq)?.is_none() {
        return Ok(Outcome::NotFound);
    }
    batch.count(Some(&message.sender), UsageChange::settled());
    note_failed(batch, message.seq, state, failure)?;
    Ok(Outcome::Done)
}

pub(super) fn set_aside(
    batch: &mut Batch<'_>,
    seq: i64,
    failure: &Failure,
) -> Result<Outcome, StoreError> {
    let mut held = end_routing(batch, seq)?;
    held |= batch.take_out(seq)?.is_some();
    // a place whose own record is damaged is not in the inbox in memory
    for sql in [
        "DELETE FROM pending WHERE seq = ?",
        "DELETE FROM uploading WHERE seq = ?",
    ] {
        held |= batch.connection.execute(sql, params![seq])? > 0;
    }
    if !held {
        return Ok(Outcome::NotFound);
    }
    let sender = readable_sender(batch, seq);
    batch.count(sender.as_deref(), UsageChange::settled());
    note_failed(batch, seq, MessageState::Error, failure)?;
    let subject = quarantine::note(batch.connection, seq, failure.at, &failure.code)?;
    batch.note(&AuditEntry::quarantined(subject, failure))?;
    Ok(Outcome::Done)
}

/// The sender of a message, as far as its record can tell.
fn readable_sender(batch: &Batch<'_>, seq: i64) -> Option<String> {
    let mut message = batch
        .connection
        .prepare_cached("SELECT sender FROM message WHERE seq = ?")
        .ok()?;
    message.query_row(params![seq], |row| row.get(0)).ok()?
}

fn note_failed(
    batch: &Batch<'_>,
    seq: i64,
    state: MessageState,
    failure: &Failure,
) -> Result<(), StoreError> {
    batch
        .connection
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

pub(super) fn redeliver(
    batch: &mut Batch<'_>,
    id: &MessageId,
    at: Timestamp,
) -> Result<Outcome, StoreError> {
    let Some(message) = batch.find(id)? else {
        return Ok(Outcome::NotFound);
    };
    let seq = message.seq;
    let Some(recipient) = message.recipient else {
        return Ok(Outcome::Conflict);
    };
    if batch.is_in("quarantine", seq)? {
        return Ok(Outcome::Conflict);
    }
    let mut ended = 0;
    for sql in [
        "DELETE FROM acknowledged WHERE seq = ?",
        "DELETE FROM failed WHERE seq = ?",
    ] {
        ended += batch.connection.execute(sql, params![seq])?;
    }
    if ended == 0 {
        return Ok(Outcome::Conflict);
    }
    let entry = InboxEntry {
        seq,
        id: id.clone(),
        workflow: message.workflow,
    };
    batch.count(Some(&message.sender), UsageChange::waits());
    batch.place_in_inbox(recipient, entry, at)?;
    Ok(Outcome::Done)
}
