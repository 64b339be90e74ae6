//! Reads of the operator's console.

use tokio_postgres::Row;

use super::home::Postgres;
use super::session::Values;
use crate::StoreError;
use crate::audit::AuditLine;
use crate::console::{MailboxSummary, RoutingSummary, UploadSummary};
use crate::stored::{Cells, count, mailbox, message_id, workflow};

const MAILBOXES: &str = "
SELECT b.id,
  (SELECT count(*) FROM pending p WHERE p.recipient = b.id) AS waiting,
  (SELECT since FROM pending p WHERE p.recipient = b.id ORDER BY position LIMIT 1) AS oldest,
  (SELECT count(*) FROM uploading u JOIN message m ON m.seq = u.seq WHERE m.sender = b.id)
    AS uploading
FROM mailbox b ORDER BY b.id COLLATE \"C\"";

pub(super) async fn mailbox_summaries(home: &Postgres) -> Result<Vec<MailboxSummary>, StoreError> {
    let rows = home.rows(MAILBOXES, &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(MailboxSummary {
                mailbox: mailbox(&row.needed_text("id")?)?,
                waiting: u64::try_from(row.needed("waiting")?).unwrap_or(0),
                oldest: row.time("oldest")?,
                uploading: count(row.needed("uploading")?),
            })
        })
        .collect()
}

pub(super) async fn routing_queue(
    home: &Postgres,
    limit: u32,
) -> Result<Vec<RoutingSummary>, StoreError> {
    let rows = home
        .rows(
            "SELECT m.id, m.sender, m.workflow, q.since, q.attempts, q.next_at
             FROM (SELECT * FROM routing ORDER BY next_at, seq LIMIT $1) q
             JOIN message m ON m.seq = q.seq ORDER BY q.next_at, q.seq",
            &[&i64::from(limit)],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(RoutingSummary {
                message: message_id(&row.needed_text("id")?)?,
                sender: row.mailbox("sender")?,
                workflow: workflow(&row.needed_text("workflow")?)?,
                accepted_at: row.needed_time("since")?,
                attempts: count(row.needed("attempts")?),
                next_at: row.needed_time("next_at")?,
            })
        })
        .collect()
}

const UPLOADS: &str = "
SELECT m.id, m.sender, m.recipient, u.received, m.total_chunks, m.sent_at,
  coalesce((SELECT sum(length) FROM chunk c WHERE c.seq = u.seq), 0)::bigint
  + CASE WHEN EXISTS (SELECT 1 FROM chunk c WHERE c.seq = u.seq AND c.number = 1) THEN 0
    ELSE m.length END AS bytes
FROM (SELECT seq, received FROM uploading ORDER BY seq LIMIT $1) u
JOIN message m ON m.seq = u.seq ORDER BY u.seq";

pub(super) async fn uploads(home: &Postgres, limit: u32) -> Result<Vec<UploadSummary>, StoreError> {
    let rows = home.rows(UPLOADS, &[&i64::from(limit)]).await?;
    rows.iter()
        .map(|row| {
            Ok(UploadSummary {
                message: message_id(&row.needed_text("id")?)?,
                sender: row.mailbox("sender")?,
                recipient: row.mailbox("recipient")?,
                chunks_received: count(row.needed("received")?),
                chunks_total: count(row.needed("total_chunks")?),
                bytes: u64::try_from(row.needed("bytes")?).unwrap_or(0),
                started_at: row.needed_time("sent_at")?,
            })
        })
        .collect()
}

pub(super) const AUDIT_LINES: &str = "SELECT number, at, actor, action, subject, detail FROM audit";

/// The lines about `$1`, and of reports about it.
pub(super) const ABOUT: &str = "WHERE number IN (SELECT number FROM audit WHERE subject = $1
  UNION SELECT number FROM audit WHERE about = $1)";

pub(super) async fn audit_lines(
    home: &Postgres,
    condition: &str,
    values: Values<'_>,
) -> Result<Vec<AuditLine>, StoreError> {
    let rows = home
        .rows(&format!("{AUDIT_LINES} {condition}"), values)
        .await?;
    rows.iter().map(audit_line).collect()
}

pub(super) fn audit_line(row: &Row) -> Result<AuditLine, StoreError> {
    Ok(AuditLine {
        number: row.needed("number")?,
        at: row.needed_time("at")?,
        actor: row.needed_text("actor")?,
        action: row.needed_text("action")?,
        subject: row.needed_text("subject")?,
        detail: row.needed_text("detail")?,
    })
}
