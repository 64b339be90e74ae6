//! Rows of a message, checked against its checksum, and of what else several reads share.

use bytes::Bytes;
use nhs::MailboxId;
use rusqlite::types::{FromSql, FromSqlError, ValueRef};
use rusqlite::{Connection, Row, params};

use super::checksum;
use crate::StoreError;
use crate::backend::row::{self, BodyColumns, RowReader, mailbox, time};
use crate::contract::{AuditLine, Body, Message};

/// How many columns of [`MESSAGE`] come first and are what the record's checksum covers.
pub(super) const CHECKED: usize = 22;

/// Every column [`message`] needs, for a `FROM message m` with the joins below.
pub(super) const MESSAGE: &str = "
SELECT m.seq, m.id, m.kind, m.sender, m.recipient, m.workflow, m.sent_at, m.total_chunks, m.flags,
  m.local_id, m.subject, m.file_name, m.partner_id, m.checksum, m.content_type, m.report_code,
  m.report_event, m.report_text, m.report_linked, m.length, m.object, m.sha256, m.crc,
  coalesce(m.recipient, r.recipient) AS to_mailbox, coalesce(r.hidden, 0) AS hidden,
  c.at AS completed_at, c.length AS whole_length, u.seq AS uploading, a.at AS acknowledged_at,
  f.state, f.at AS failed_at, f.code, f.event, f.description, f.linked
FROM message m LEFT JOIN routed r ON r.seq = m.seq LEFT JOIN completed c ON c.seq = m.seq
  LEFT JOIN uploading u ON u.seq = m.seq LEFT JOIN acknowledged a ON a.seq = m.seq
  LEFT JOIN failed f ON f.seq = m.seq ";

/// Records of format 2 have no checksum.
fn check(row: &MessageRow<'_, '_>) -> Result<(), StoreError> {
    let columns: Vec<ValueRef<'_>> = (0..CHECKED)
        .map(|column| row.0.get_ref(column))
        .collect::<Result<_, _>>()?;
    match row.get::<Option<i64>>("crc")? {
        Some(crc) if !checksum::columns_agree(columns.into_iter(), crc) => {
            Err(StoreError::DamagedRecord("its checksum disagrees"))
        }
        _ => Ok(()),
    }
}

/// The columns of [`MESSAGE`] in their order: SQLite's own search by name costs more than the rest
/// of reading a row.
const NAMES: [&str; 35] = [
    "seq",
    "id",
    "kind",
    "sender",
    "recipient",
    "workflow",
    "sent_at",
    "total_chunks",
    "flags",
    "local_id",
    "subject",
    "file_name",
    "partner_id",
    "checksum",
    "content_type",
    "report_code",
    "report_event",
    "report_text",
    "report_linked",
    "length",
    "object",
    "sha256",
    "crc",
    "to_mailbox",
    "hidden",
    "completed_at",
    "whole_length",
    "uploading",
    "acknowledged_at",
    "state",
    "failed_at",
    "code",
    "event",
    "description",
    "linked",
];

/// A row that begins with the columns of [`MESSAGE`].
struct MessageRow<'a, 'statement>(&'a Row<'statement>);

impl MessageRow<'_, '_> {
    fn get<T: FromSql>(&self, column: &str) -> Result<T, StoreError> {
        let place = NAMES.iter().position(|name| *name == column);
        let place = place.ok_or_else(|| rusqlite::Error::InvalidColumnName(column.to_owned()))?;
        Ok(self.0.get(place)?)
    }
}

impl RowReader for MessageRow<'_, '_> {
    fn integer(&self, column: &str) -> Result<Option<i64>, StoreError> {
        self.get(column)
    }

    fn text(&self, column: &str) -> Result<Option<String>, StoreError> {
        self.get(column)
    }

    fn bytes(&self, column: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(column)
    }
}

pub(super) fn message(row: &Row<'_>) -> Result<Message, StoreError> {
    let row = MessageRow(row);
    check(&row)?;
    row::message(&row)
}

pub(super) fn optional_mailbox(
    row: &Row<'_>,
    column: usize,
) -> Result<Option<MailboxId>, StoreError> {
    let text: Option<String> = row.get(column)?;
    text.as_deref().map(mailbox).transpose()
}

/// From the columns `number, at, actor, action, subject, detail`.
pub(super) fn audit_line(row: &Row<'_>) -> Result<AuditLine, StoreError> {
    Ok(AuditLine {
        number: row.get(0)?,
        at: time(row.get(1)?)?,
        actor: row.get(2)?,
        action: row.get(3)?,
        subject: row.get(4)?,
        detail: row.get(5)?,
    })
}

/// Length, object key, SHA-256 and checksum of a chunk's own record.
pub(super) fn chunk_columns<'a>(
    seq: i64,
    number: u32,
    (length, object, sha256, _): BodyColumns<'a>,
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
pub(super) fn body(
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
    checked: impl FnOnce(BodyColumns<'a>) -> Vec<ValueRef<'a>>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_have_their_names_in_the_querys_order() {
        let directory = tempfile::tempdir().unwrap();
        let connection = super::super::schema::open_for_writing(directory.path()).unwrap();
        let statement = connection.prepare(MESSAGE).unwrap();
        assert!(statement.column_names().eq(NAMES));
    }
}
