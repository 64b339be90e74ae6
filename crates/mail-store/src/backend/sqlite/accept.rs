//! New messages.

use nhs::MailboxId;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, params, params_from_iter};

use super::batch::Batch;
use super::checksum;
use super::inbox_index::InboxEntry;
use super::row::CHECKED;
use crate::StoreError;
use crate::backend::row::{body_columns, flags};
use crate::backend::usage::UsageChange;
use crate::contract::{Kind, NewMessage, Outcome, Place, SealedAddress};

pub(super) fn accept(
    batch: &mut Batch<'_>,
    message: &NewMessage,
    place: &Place,
) -> Result<Outcome, StoreError> {
    if matches!(place, Place::Inbox) && message.recipient.is_none() {
        return Ok(Outcome::NotFound);
    }
    let seq = batch.numbers.seq + 1;
    if !insert_message(batch.connection, seq, message)? {
        return Ok(Outcome::Duplicate);
    }
    batch.numbers.seq = seq;
    let sender = message.sender.as_ref().map(MailboxId::as_str);
    let (bytes, ..) = body_columns(message.body.as_ref());
    batch.count(sender, UsageChange::accepted(bytes));
    let entry = || InboxEntry {
        seq,
        id: message.id.clone(),
        workflow: message.workflow.clone(),
    };
    let (from, since) = (sender.unwrap_or_default(), message.sent_at);
    match (place, &message.recipient) {
        (Place::Inbox, None) => return Ok(Outcome::NotFound),
        (Place::Inbox, Some(recipient)) => {
            batch.place_in_inbox(recipient.clone(), entry(), since)?;
        }
        (Place::Routing(address), _) => batch.place_in_routing(seq, from, address, since)?,
        (Place::Routed(found), _) if batch.is_in_routing(&found.address.order_key)? => {
            batch.place_in_routing(seq, from, &found.address, since)?;
            return Ok(Outcome::Queued);
        }
        (Place::Routed(found), _) => {
            batch.place_routed(&found.recipient, entry(), found.hidden, since)?;
        }
        (Place::Uploading(address), _) => begin_upload(batch, seq, address.as_ref())?,
    }
    Ok(Outcome::Done)
}

fn begin_upload(
    batch: &Batch<'_>,
    seq: i64,
    address: Option<&SealedAddress>,
) -> Result<(), StoreError> {
    batch
        .connection
        .prepare_cached(
            "INSERT INTO uploading (seq, received, address, order_key) VALUES (?, 1, ?, ?)",
        )?
        .execute(params![
            seq,
            address.map(|address| &address.sealed),
            address.map(|address| &address.order_key)
        ])?;
    Ok(())
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
