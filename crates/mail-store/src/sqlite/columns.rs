use jiff::Timestamp;
use nhs::{MailboxId, MessageId, WorkflowId};
use rusqlite::{Connection, OptionalExtension, Row, params};

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

/// Every column [`message`] needs, for a `FROM message m` with the joins below.
pub(crate) const MESSAGE: &str = "
SELECT m.seq, m.id, m.kind, m.sender, coalesce(m.recipient, r.recipient) AS to_mailbox,
  coalesce(r.hidden, 0) AS hidden, m.workflow,
  m.sent_at, m.total_chunks, m.flags, m.local_id, m.subject, m.file_name, m.partner_id, m.checksum,
  m.content_type, m.report_code, m.report_event, m.report_text, m.report_linked, m.length,
  c.at AS completed_at, c.length AS whole_length, u.seq AS uploading, a.at AS acknowledged_at,
  f.state, f.at AS failed_at, f.code, f.event, f.description, f.linked
FROM message m LEFT JOIN routed r ON r.seq = m.seq LEFT JOIN completed c ON c.seq = m.seq
  LEFT JOIN uploading u ON u.seq = m.seq LEFT JOIN acknowledged a ON a.seq = m.seq
  LEFT JOIN failed f ON f.seq = m.seq ";

pub(crate) fn message(row: &Row<'_>) -> Result<Message, StoreError> {
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

/// One chunk's body; the first lies in the message's own record unless it was sent again.
pub(crate) fn body(
    connection: &Connection,
    seq: i64,
    number: u32,
) -> Result<Option<Body>, StoreError> {
    let read = |row: &Row<'_>| -> rusqlite::Result<BodyColumns<String, Vec<u8>>> {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    };
    let mut found = connection
        .prepare_cached(
            "SELECT length, object, sha256, body FROM chunk WHERE seq = ? AND number = ?",
        )?
        .query_row(params![seq, number], read)
        .optional()?;
    if found.is_none() && number == 1 {
        found = connection
            .prepare_cached("SELECT length, object, sha256, body FROM message WHERE seq = ?")?
            .query_row(params![seq], read)
            .optional()?;
    }
    match found {
        None => Ok(None),
        Some((length, Some(key), Some(hash), _)) => Ok(Some(Body::Object {
            key,
            length: u64::try_from(length).unwrap_or(0),
            sha256: hash
                .try_into()
                .map_err(|_| StoreError::DamagedRecord("a hash"))?,
        })),
        Some((_, _, _, bytes)) => Ok(bytes.map(|bytes| Body::Inline(bytes.into()))),
    }
}
