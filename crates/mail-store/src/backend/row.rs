//! A message as rows tell it, whatever the backend.

use jiff::Timestamp;
use nhs::{MailboxId, MessageId, WorkflowId};

use crate::StoreError;
use crate::contract::{Body, Details, Failure, Kind, Message, MessageState};

/// One row of a backend, by the names of its columns.
pub(super) trait RowReader {
    fn integer(&self, column: &str) -> Result<Option<i64>, StoreError>;
    fn text(&self, column: &str) -> Result<Option<String>, StoreError>;
    fn bytes(&self, column: &str) -> Result<Option<Vec<u8>>, StoreError>;

    fn needed(&self, column: &str) -> Result<i64, StoreError> {
        self.integer(column)?
            .ok_or(StoreError::DamagedRecord("a missing number"))
    }

    fn needed_text(&self, column: &str) -> Result<String, StoreError> {
        self.text(column)?
            .ok_or(StoreError::DamagedRecord("a missing text"))
    }

    fn time(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        self.integer(column)?.map(time).transpose()
    }

    fn needed_time(&self, column: &str) -> Result<Timestamp, StoreError> {
        time(self.needed(column)?)
    }

    fn mailbox(&self, column: &str) -> Result<Option<MailboxId>, StoreError> {
        self.text(column)?.as_deref().map(mailbox).transpose()
    }
}

/// Times are kept as microseconds since 1970, UTC.
pub(super) fn time(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::DamagedRecord("a time"))
}

pub(super) fn mailbox(text: &str) -> Result<MailboxId, StoreError> {
    MailboxId::parse(text).map_err(|_| StoreError::DamagedRecord("a mailbox id"))
}

pub(super) fn message_id(text: &str) -> Result<MessageId, StoreError> {
    MessageId::parse(text).map_err(|_| StoreError::DamagedRecord("a message id"))
}

pub(super) fn workflow(text: &str) -> Result<WorkflowId, StoreError> {
    WorkflowId::parse(text).map_err(|_| StoreError::DamagedRecord("a workflow id"))
}

pub(super) fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

const GZIP: i64 = 1;
const COMPRESSED: i64 = 2;
const ENCRYPTED: i64 = 4;

pub(super) fn flags(details: &Details) -> i64 {
    [
        (details.gzip, GZIP),
        (details.compressed, COMPRESSED),
        (details.encrypted, ENCRYPTED),
    ]
    .into_iter()
    .filter_map(|(set, bit)| set.then_some(bit))
    .sum()
}

/// From the columns that the backends' `MESSAGE` queries name alike.
pub(super) fn message(row: &impl RowReader) -> Result<Message, StoreError> {
    let sent_at = row.needed_time("sent_at")?;
    let total_chunks = count(row.needed("total_chunks")?);
    let accepted_at = if total_chunks > 1 {
        row.time("completed_at")?
    } else {
        Some(sent_at)
    };
    let acknowledged_at = row.time("acknowledged_at")?;
    let failure = failure(row)?;
    let (state, state_at) = match (&failure, acknowledged_at) {
        (Some((state, failure)), _) => (*state, failure.at),
        (None, Some(at)) => (MessageState::Acknowledged, at),
        (None, None) if row.integer("uploading")?.is_some() => (MessageState::Uploading, sent_at),
        (None, None) => (MessageState::Accepted, accepted_at.unwrap_or(sent_at)),
    };
    let size = if total_chunks > 1 {
        row.integer("whole_length")?.unwrap_or(0)
    } else {
        row.needed("length")?
    };
    Ok(Message {
        seq: row.needed("seq")?,
        id: message_id(&row.needed_text("id")?)?,
        kind: if row.needed("kind")? == 0 {
            Kind::Data
        } else {
            Kind::Report
        },
        sender: row.mailbox("sender")?,
        recipient: row.mailbox("to_mailbox")?,
        recipient_hidden: row.needed("hidden")? != 0,
        workflow: workflow(&row.needed_text("workflow")?)?,
        sent_at,
        total_chunks,
        details: details(row)?,
        report: report(row, sent_at)?,
        size: u64::try_from(size).unwrap_or(0),
        state,
        state_at,
        accepted_at,
        acknowledged_at,
        failure: failure.map(|(_, failure)| failure),
    })
}

fn details(row: &impl RowReader) -> Result<Details, StoreError> {
    let flags = row.needed("flags")?;
    Ok(Details {
        local_id: row.bytes("local_id")?,
        subject: row.bytes("subject")?,
        file_name: row.bytes("file_name")?,
        partner_id: row.bytes("partner_id")?,
        checksum: row.bytes("checksum")?,
        content_type: row.bytes("content_type")?,
        gzip: flags & GZIP != 0,
        compressed: flags & COMPRESSED != 0,
        encrypted: flags & ENCRYPTED != 0,
    })
}

fn report(row: &impl RowReader, at: Timestamp) -> Result<Option<Failure>, StoreError> {
    let Some(code) = row.text("report_code")? else {
        return Ok(None);
    };
    Ok(Some(Failure {
        at,
        code,
        event: row.needed_text("report_event")?,
        description: row.needed_text("report_text")?,
        linked: row.text("report_linked")?,
    }))
}

fn failure(row: &impl RowReader) -> Result<Option<(MessageState, Failure)>, StoreError> {
    let Some(state) = row.text("state")? else {
        return Ok(None);
    };
    let state = MessageState::parse(&state).ok_or(StoreError::DamagedRecord("a state"))?;
    let failure = Failure {
        at: row.needed_time("failed_at")?,
        code: row.needed_text("code")?,
        event: row.needed_text("event")?,
        description: row.needed_text("description")?,
        linked: row.text("linked")?,
    };
    Ok(Some((state, failure)))
}

/// From the columns `length`, `object`, `sha256` and `body`; `None` when there is neither object nor
/// body.
pub(super) fn body(row: &impl RowReader) -> Result<Option<Body>, StoreError> {
    let Some(key) = row.text("object")? else {
        return Ok(row.bytes("body")?.map(|bytes| Body::Inline(bytes.into())));
    };
    let hash = row.bytes("sha256")?.unwrap_or_default();
    Ok(Some(Body::Object {
        key,
        length: u64::try_from(row.needed("length")?).unwrap_or(0),
        sha256: hash
            .try_into()
            .map_err(|_| StoreError::DamagedRecord("a hash"))?,
    }))
}

/// Length, object key, SHA-256 and inline bytes.
pub(super) type BodyColumns<'a> = (i64, Option<&'a str>, Option<&'a [u8]>, Option<&'a [u8]>);

/// The columns a body fills.
pub(super) fn body_columns(body: Option<&Body>) -> BodyColumns<'_> {
    let length = body.map_or(0, |body| i64::try_from(body.length()).unwrap_or(i64::MAX));
    match body {
        None => (0, None, None, None),
        Some(Body::Inline(bytes)) => (length, None, None, Some(bytes)),
        Some(Body::Object { key, sha256, .. }) => (length, Some(key), Some(sha256), None),
    }
}
