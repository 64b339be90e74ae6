//! Later chunks, and the message they complete.

use jiff::Timestamp;
use nhs::MessageId;
use rusqlite::{OptionalExtension, params};

use super::batch::{Batch, Found};
use super::checksum;
use super::inbox_index::InboxEntry;
use super::row::chunk_columns;
use crate::StoreError;
use crate::audit::AuditEntry;
use crate::backend::row::body_columns;
use crate::backend::usage::UsageChange;
use crate::contract::{Body, Outcome, SealedAddress};

pub(super) fn chunk(
    batch: &mut Batch<'_>,
    id: &MessageId,
    number: u32,
    body: &Body,
    at: Timestamp,
) -> Result<Outcome, StoreError> {
    let Some(message) = batch.find(id)? else {
        return Ok(Outcome::NotFound);
    };
    let seq = message.seq;
    let Some((received, address)) = upload(batch, seq)? else {
        return Ok(Outcome::Conflict);
    };
    let replaced = replace(batch, seq, number, body)?;
    let (length, ..) = body_columns(Some(body));
    let grown = UsageChange::grown(length - replaced.unwrap_or(0));
    batch.count(Some(&message.sender), grown);
    let sent_again = replaced.is_some();
    let received = if sent_again || number == 1 {
        received
    } else {
        received + 1
    };
    let total = message.total_chunks;
    let complete = received >= total;
    let entry = AuditEntry::chunk(at, &message.sender, id, (number, total), complete);
    batch.note(&entry)?;
    if complete {
        complete_upload(batch, message, id, address, at)?;
    } else {
        batch
            .connection
            .prepare_cached("UPDATE uploading SET received = ? WHERE seq = ?")?
            .execute(params![received, seq])?;
    }
    Ok(Outcome::Done)
}

/// How many chunks are here, and the address the message waits to be routed to.
fn upload(batch: &Batch<'_>, seq: i64) -> Result<Option<(u32, Option<SealedAddress>)>, StoreError> {
    let found = batch
        .connection
        .prepare_cached("SELECT received, address, order_key FROM uploading WHERE seq = ?")?
        .query_row(params![seq], |row| {
            let address = match row.get(1)? {
                None => None,
                Some(sealed) => Some(SealedAddress {
                    sealed,
                    order_key: row.get(2)?,
                }),
            };
            Ok((row.get(0)?, address))
        })
        .optional()?;
    Ok(found)
}

/// How long the chunk was, when it had been sent before.
fn replace(
    batch: &mut Batch<'_>,
    seq: i64,
    number: u32,
    body: &Body,
) -> Result<Option<i64>, StoreError> {
    let before: Option<(Option<String>, i64)> = batch
        .connection
        .prepare_cached("SELECT object, length FROM chunk WHERE seq = ? AND number = ?")?
        .query_row(params![seq, number], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let columns = body_columns(Some(body));
    let (length, object, sha256, bytes) = columns;
    let crc = checksum::record(&chunk_columns(seq, number, columns), bytes);
    batch
        .connection
        .prepare_cached(
            "INSERT OR REPLACE INTO chunk (seq, number, length, object, sha256, body, crc)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![seq, number, length, object, sha256, bytes, crc])?;
    let (object, length) = before.unzip();
    batch.effects.released.extend(object.flatten());
    Ok(length)
}

fn complete_upload(
    batch: &mut Batch<'_>,
    message: Found,
    id: &MessageId,
    address: Option<SealedAddress>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let seq = message.seq;
    batch
        .connection
        .prepare_cached("DELETE FROM uploading WHERE seq = ?")?
        .execute(params![seq])?;
    batch
        .connection
        .prepare_cached(
            "INSERT INTO completed (seq, at, length) SELECT ?1, ?2,
               (SELECT sum(length) FROM chunk WHERE seq = ?1)
               + CASE WHEN EXISTS (SELECT 1 FROM chunk WHERE seq = ?1 AND number = 1) THEN 0
                 ELSE (SELECT length FROM message WHERE seq = ?1) END",
        )?
        .execute(params![seq, at.as_microsecond()])?;
    match (address, message.recipient) {
        (Some(address), _) => batch.place_in_routing(seq, &message.sender, &address, at),
        (None, Some(recipient)) => {
            let entry = InboxEntry {
                seq,
                id: id.clone(),
                workflow: message.workflow,
            };
            batch.place_in_inbox(recipient, entry, at).map(drop)
        }
        (None, None) => Err(StoreError::DamagedRecord("a message without an address")),
    }
}
