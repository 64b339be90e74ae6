use jiff::Timestamp;
use nhs::{MailboxId, MessageId, WorkflowId};
use tokio_postgres::Row;

use super::columns::MESSAGE;
use super::home::Postgres;
use super::session::Values;
use crate::StoreError;
use crate::bodies::Body;
use crate::inbox::{InboxSlice, LOOKED_AT};
use crate::message::{Message, Waiting};
use crate::records::Wanted;
use crate::stored::{self, Cells, message_id, workflow};

/// So many rows of an inbox are read at once.
const PAGE: usize = 1_000;

/// After `$1` mailbox, `$2` a place, `$3` a time: `$4` at most.
pub(super) const SENT: &str = "WHERE m.sender = $1 AND m.seq < $2 AND m.sent_at > $3
  AND m.seq > coalesce((SELECT seq FROM list_reset WHERE mailbox = $1), 0)
  ORDER BY m.seq DESC LIMIT $4";

/// As [`SENT`].
pub(super) const RECEIVED: &str = "JOIN (
    SELECT seq FROM (
      (SELECT seq FROM message WHERE recipient = $1 AND seq < $2 AND sent_at > $3
       ORDER BY seq DESC LIMIT $4)
      UNION
      (SELECT t.seq FROM routed t JOIN message n ON n.seq = t.seq
       WHERE t.recipient = $1 AND t.seq < $2 AND n.sent_at > $3 ORDER BY t.seq DESC LIMIT $4)) o
    WHERE seq > coalesce((SELECT seq FROM list_reset WHERE mailbox = $1), 0)
    ORDER BY seq DESC LIMIT $4) l ON l.seq = m.seq
  ORDER BY m.seq DESC";

pub(super) const UPLOADED: &str = "
SELECT coalesce((SELECT sum(length) FROM chunk WHERE seq = $1), 0)::bigint
  + CASE WHEN EXISTS (SELECT 1 FROM chunk WHERE seq = $1 AND number = 1) THEN 0
    ELSE coalesce((SELECT length FROM message WHERE seq = $1), 0) END";

pub(super) async fn messages(
    home: &Postgres,
    condition: &str,
    values: Values<'_>,
) -> Result<Vec<Message>, StoreError> {
    let rows = home.rows(&format!("{MESSAGE} {condition}"), values).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        // a damaged record must not hide the others
        match stored::message(row) {
            Ok(message) => found.push(message),
            Err(error) => {
                let seq = row.needed("seq")?;
                tracing::error!(seq, %error, "a stored record is damaged");
            }
        }
    }
    Ok(found)
}

pub(super) async fn message(
    home: &Postgres,
    id: &MessageId,
) -> Result<Option<Message>, StoreError> {
    let sql = format!("{MESSAGE} WHERE m.id = $1");
    let row = home.row(&sql, &[&id.as_str()]).await?;
    row.as_ref().map(stored::message).transpose()
}

/// A statement that gives one number.
pub(super) async fn number(
    home: &Postgres,
    sql: &str,
    values: Values<'_>,
) -> Result<u64, StoreError> {
    let row = home.row(sql, values).await?;
    let number: Option<i64> = row.and_then(|row| row.try_get(0).ok());
    let number = number.ok_or(StoreError::DamagedRecord("a number"))?;
    Ok(u64::try_from(number).unwrap_or(0))
}

/// One chunk's body; the first lies in the message's own record unless it was sent again.
pub(super) async fn chunk(
    home: &Postgres,
    seq: i64,
    number: u32,
) -> Result<Option<Body>, StoreError> {
    let row = home
        .row(
            "SELECT length, object, sha256, body FROM chunk WHERE seq = $1 AND number = $2
             UNION ALL SELECT length, object, sha256, body FROM message
             WHERE seq = $1 AND $2 = 1 LIMIT 1",
            &[&seq, &i64::from(number)],
        )
        .await?;
    row.as_ref().map_or(Ok(None), stored::body)
}

/// Reads on until enough of the workflows wanted are found.
pub(super) async fn inbox(
    home: &Postgres,
    mailbox: &MailboxId,
    after: i64,
    limit: usize,
    wanted: Wanted<'_>,
) -> Result<InboxSlice, StoreError> {
    let page = PAGE.min(limit + 1);
    let rows_at_once = i64::try_from(page).unwrap_or(i64::MAX);
    let mut slice = InboxSlice::default();
    let (mut last, mut looked_at) = (after, 0);
    loop {
        let rows = home
            .rows(
                "SELECT position, seq, id, workflow FROM pending
                 WHERE recipient = $1 AND position > $2 ORDER BY position LIMIT $3",
                &[&mailbox.as_str(), &last, &rows_at_once],
            )
            .await?;
        for row in &rows {
            let place = home.readable(row.needed("seq")?, place(row));
            let wanted = place.filter(|(_, workflow)| wanted(workflow));
            if wanted.is_some() && slice.ids.len() == limit || looked_at == LOOKED_AT {
                slice.next_after = Some(last);
                return Ok(slice);
            }
            slice.ids.extend(wanted.map(|(id, _)| id));
            last = row.needed("position")?;
            looked_at += 1;
        }
        if rows.len() < page {
            return Ok(slice);
        }
    }
}

fn place(row: &Row) -> Result<(MessageId, WorkflowId), StoreError> {
    let id = message_id(&row.needed_text("id")?)?;
    Ok((id, workflow(&row.needed_text("workflow")?)?))
}

pub(super) async fn inbox_position(home: &Postgres, seq: i64) -> Result<Option<i64>, StoreError> {
    let row = home
        .row(
            "SELECT position FROM pending WHERE seq = $1
             UNION ALL SELECT position FROM acknowledged WHERE seq = $1 LIMIT 1",
            &[&seq],
        )
        .await?;
    row.map_or(Ok(None), |row| row.integer("position"))
}

pub(super) async fn next_routing(home: &Postgres) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT next_at FROM routing ORDER BY next_at LIMIT 1";
    let row = home.row(sql, &[]).await?;
    row.map_or(Ok(None), |row| row.time("next_at"))
}

pub(super) async fn waiting_longest(
    home: &Postgres,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<Waiting>, StoreError> {
    let rows = home
        .rows(
            "SELECT id, seq, since FROM pending WHERE since < $1 ORDER BY since, position LIMIT $2",
            &[&before.as_microsecond(), &i64::from(limit)],
        )
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let seq = row.needed("seq")?;
        found.extend(home.readable(seq, waiting(seq, row)));
    }
    Ok(found)
}

fn waiting(seq: i64, row: &Row) -> Result<Waiting, StoreError> {
    Ok(Waiting {
        id: message_id(&row.needed_text("id")?)?,
        seq,
        since: row.needed_time("since")?,
    })
}

/// Of these keys, the ones no record names.
pub(super) async fn unreferenced(
    home: &Postgres,
    keys: &[String],
) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    for keys in keys.chunks(1_000) {
        let rows = home
            .rows(
                "SELECT key FROM unnest($1::text[]) AS k (key)
                 WHERE NOT EXISTS (SELECT 1 FROM message WHERE object = key)
                 AND NOT EXISTS (SELECT 1 FROM chunk WHERE object = key)",
                &[&keys],
            )
            .await?;
        for row in &rows {
            found.push(row.needed_text("key")?);
        }
    }
    Ok(found)
}

pub(super) async fn directory_version(home: &Postgres) -> Result<i64, StoreError> {
    let sql = "SELECT value FROM fact WHERE name = 'directory_version'";
    let row = home.row(sql, &[]).await?;
    row.map_or(Ok(0), |row| row.needed("value"))
}
