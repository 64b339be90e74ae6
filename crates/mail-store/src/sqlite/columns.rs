use bytes::Bytes;
use jiff::Timestamp;
use nhs::{MailboxId, MessageId, WorkflowId};
use rusqlite::types::{FromSqlError, ValueRef};
use rusqlite::{Connection, Row, params};

use super::checksum;
use crate::StoreError;
use crate::bodies::Body;
use crate::message::{Details, Failure, Kind, Message, MessageState};

/// Times are kept as microseconds since 1970, UTC.
pub(crate) fn time(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::DamagedRecord("a time"))
}

const GZIP: i64 = 1;
const COMPRESSED: i64 = 2;
const ENCRYPTED: i64 = 4;

pub(crate) fn flags(details: &Details) -> i64 {
    [
        (details.gzip, GZIP),
        (details.compressed, COMPRESSED),
        (details.encrypted, ENCRYPTED),
    ]
    .into_iter()
    .filter_map(|(set, bit)| set.then_some(bit))
    .sum()
}

pub(crate) fn mailbox(text: &str) -> Result<MailboxId, StoreError> {
    MailboxId::parse(text).map_err(|_| StoreError::DamagedRecord("a mailbox id"))
}

pub(crate) fn message_id(text: &str) -> Result<MessageId, StoreError> {
    MessageId::parse(text).map_err(|_| StoreError::DamagedRecord("a message id"))
}

pub(crate) fn workflow(text: &str) -> Result<WorkflowId, StoreError> {
    WorkflowId::parse(text).map_err(|_| StoreError::DamagedRecord("a workflow id"))
}

/// So many columns of [`MESSAGE`] come first and are what the record's checksum covers.
pub(super) const CHECKED: usize = 22;

/// Every column [`message`] needs, for a `FROM message m` with the joins below.
pub(crate) const MESSAGE: &str = "
SELECT m.seq, m.id, m.kind, m.sender, m.recipient, m.workflow, m.sent_at, m.total_chunks, m.flags,
  m.local_id, m.subject, m.file_name, m.partner_id, m.checksum, m.content_type, m.report_code,
  m.report_event, m.report_text, m.report_linked, m.length, m.object, m.sha256, m.crc,
  coalesce(m.recipient, r.recipient) AS to_mailbox, coalesce(r.hidden, 0) AS hidden, c.at AS completed_at, c.length AS whole_length, u.seq AS uploading, a.at AS acknowledged_at,
  f.state, f.at AS failed_at, f.code, f.event, f.description, f.linked
FROM message m LEFT JOIN routed r ON r.seq = m.seq LEFT JOIN completed c ON c.seq = m.seq
  LEFT JOIN uploading u ON u.seq = m.seq LEFT JOIN acknowledged a ON a.seq = m.seq
  LEFT JOIN failed f ON f.seq = m.seq ";

/// Records of format 2 have no checksum.
fn check(row: &Row<'_>) -> Result<(), StoreError> {
    let columns: Vec<ValueRef<'_>> = (0..CHECKED)
        .map(|column| row.get_ref(column))
        .collect::<Result<_, _>>()?;
    match row.get::<_, Option<i64>>("crc")? {
        Some(crc) if !checksum::columns_agree(columns.into_iter(), crc) => {
            Err(StoreError::DamagedRecord("its checksum disagrees"))
        }
        _ => Ok(()),
    }
}

pub(crate) fn message(row: &Row<'_>) -> Result<Message, StoreError> {
    check(row)?;
    let sent_at = time(row.get("sent_at")?)?;
    let total_chunks: u32 = row.get("total_chunks")?;
    let completed_at = row
        .get::<_, Option<i64>>("completed_at")?
        .map(time)
        .transpose()?;
    let accepted_at = if total_chunks > 1 {
        completed_at
    } else {
        Some(sent_at)
    };
    let acknowledged_at = row
        .get::<_, Option<i64>>("acknowledged_at")?
        .map(time)
        .transpose()?;
    let failure = failure(row)?;
    let (state, state_at) = match (&failure, acknowledged_at) {
        (Some((state, failure)), _) => (*state, failure.at),
        (None, Some(at)) => (MessageState::Acknowledged, at),
        (None, None) if row.get::<_, Option<i64>>("uploading")?.is_some() => {
            (MessageState::Uploading, sent_at)
        }
        (None, None) => (MessageState::Accepted, accepted_at.unwrap_or(sent_at)),
    };
    let stored: i64 = row.get("length")?;
    let whole: Option<i64> = row.get("whole_length")?;
    let size = if total_chunks > 1 {
        whole.unwrap_or(0)
    } else {
        stored
    };
    let report = match row.get::<_, Option<String>>("report_code")? {
        None => None,
        Some(code) => Some(Failure {
            at: sent_at,
            code,
            event: row.get("report_event")?,
            description: row.get("report_text")?,
            linked: row.get("report_linked")?,
        }),
    };
    Ok(Message {
        seq: row.get("seq")?,
        id: message_id(&row.get::<_, String>("id")?)?,
        kind: if row.get::<_, i64>("kind")? == 0 {
            Kind::Data
        } else {
            Kind::Report
        },
        sender: row
            .get::<_, Option<String>>("sender")?
            .as_deref()
            .map(mailbox)
            .transpose()?,
        recipient: row
            .get::<_, Option<String>>("to_mailbox")?
            .as_deref()
            .map(mailbox)
            .transpose()?,
        recipient_hidden: row.get("hidden")?,
        workflow: workflow(&row.get::<_, String>("workflow")?)?,
        sent_at,
        total_chunks,
        details: details(row)?,
        report,
        size: u64::try_from(size).unwrap_or(0),
        state,
        state_at,
        accepted_at,
        acknowledged_at,
        failure: failure.map(|(_, failure)| failure),
    })
}

fn details(row: &Row<'_>) -> Result<Details, StoreError> {
    let flags: i64 = row.get("flags")?;
    Ok(Details {
        local_id: row.get("local_id")?,
        subject: row.get("subject")?,
        file_name: row.get("file_name")?,
        partner_id: row.get("partner_id")?,
        checksum: row.get("checksum")?,
        content_type: row.get("content_type")?,
        gzip: flags & GZIP != 0,
        compressed: flags & COMPRESSED != 0,
        encrypted: flags & ENCRYPTED != 0,
    })
}

fn failure(row: &Row<'_>) -> Result<Option<(MessageState, Failure)>, StoreError> {
    let Some(state) = row.get::<_, Option<String>>("state")? else {
        return Ok(None);
    };
    let state = MessageState::parse(&state).ok_or(StoreError::DamagedRecord("a state"))?;
    let failure = Failure {
        at: time(row.get("failed_at")?)?,
        code: row.get("code")?,
        event: row.get("event")?,
        description: row.get("description")?,
        linked: row.get("linked")?,
    };
    Ok(Some((state, failure)))
}

/// Length, object key, SHA-256, inline bytes.
pub(crate) type BodyColumns<Text, Bytes> = (i64, Option<Text>, Option<Bytes>, Option<Bytes>);

/// The columns a body fills.
pub(crate) fn body_columns(body: Option<&Body>) -> BodyColumns<&str, &[u8]> {
    match body {
        None => (0, None, None, None),
        Some(Body::Inline(bytes)) => (
            i64::try_from(bytes.len()).unwrap_or(i64::MAX),
            None,
            None,
            Some(bytes),
        ),
        Some(Body::Object {
            key,
            length,
            sha256,
        }) => (
            i64::try_from(*length).unwrap_or(i64::MAX),
            Some(key),
            Some(sha256),
            None,
        ),
    }
}

/// Length, object key, SHA-256 and checksum of a chunk's own record.
pub(super) fn chunk_columns<'a>(
    seq: i64,
    number: u32,
    (length, object, sha256, _): BodyColumns<&'a str, &'a [u8]>,
) -> [ValueRef<'a>; 5] {
    [
        ValueRef::Integer(seq),
        ValueRef::Integer(number.into()),
        ValueRef::Integer(length),
        object.map_or(ValueRef::Null, |key| ValueRef::Text(key.as_bytes())),
        sha256.map_or(ValueRef::Null, ValueRef::Blob),
    ]
}

/// One chunk's body; the first lies in the message's own record unless it was sent again.
pub(crate) fn body(
    connection: &Connection,
    seq: i64,
    number: u32,
) -> Result<Option<Body>, StoreError> {
    let mut chunk = connection.prepare_cached(
        "SELECT length, object, sha256, body, crc FROM chunk WHERE seq = ? AND number = ?",
    )?;
    let mut rows = chunk.query(params![seq, number])?;
    if let Some(row) = rows.next()? {
        let own = |columns| chunk_columns(seq, number, columns).to_vec();
        return body_of(row, own);
    }
    if number != 1 {
        return Ok(None);
    }
    let mut message = connection
        .prepare_cached("SELECT length, object, sha256, body, crc FROM message WHERE seq = ?")?;
    let mut rows = message.query(params![seq])?;
    match rows.next()? {
        // the columns of a message are checked where the message is read
        Some(row) => body_of(row, |_| Vec::new()),
        None => Ok(None),
    }
}

fn body_of<'a>(
    row: &'a Row<'_>,
    checked: impl FnOnce(BodyColumns<&'a str, &'a [u8]>) -> Vec<ValueRef<'a>>,
) -> Result<Option<Body>, StoreError> {
    let length: i64 = row.get(0)?;
    let (object, sha256) = (
        row.get_ref(1)?.as_str_or_null().map_err(damaged)?,
        row.get_ref(2)?.as_blob_or_null().map_err(damaged)?,
    );
    let bytes = row.get_ref(3)?.as_blob_or_null().map_err(damaged)?;
    if let Some(crc) = row.get::<_, Option<i64>>(4)? {
        let columns = checked((length, object, sha256, bytes));
        if !checksum::body_agrees(bytes, crc)
            || !(columns.is_empty() || checksum::columns_agree(columns.into_iter(), crc))
        {
            return Err(StoreError::DamagedBody);
        }
    }
    match (object, sha256) {
        (Some(key), Some(hash)) => Ok(Some(Body::Object {
            key: key.to_owned(),
            length: u64::try_from(length).unwrap_or(0),
            sha256: hash
                .try_into()
                .map_err(|_| StoreError::DamagedRecord("a hash"))?,
        })),
        _ => Ok(bytes.map(|bytes| Body::Inline(Bytes::copy_from_slice(bytes)))),
    }
}

fn damaged(_: FromSqlError) -> StoreError {
    StoreError::DamagedRecord("a body's columns")
}
