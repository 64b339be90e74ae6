//! Lists by mailbox and by subject: indexes, always up to date.

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::MailboxId;

use super::messages::readable;
use super::records::PostgresRecords;
use super::row::{ABOUT, AUDIT_LINES, audit_line};
use crate::StoreError;
use crate::contract::{AuditLine, ListFrom, Lists, Message};

/// Of `$1` mailbox, before `$2` a place, after `$3` a time: `$4` at most.
const SENT: &str = "WHERE m.sender = $1 AND m.seq < $2 AND m.sent_at > $3
  ORDER BY m.seq DESC LIMIT $4";

/// As [`SENT`].
const RECEIVED: &str = "JOIN (
    SELECT seq FROM (
      (SELECT seq FROM message WHERE recipient = $1 AND seq < $2 AND sent_at > $3
       ORDER BY seq DESC LIMIT $4)
      UNION
      (SELECT t.seq FROM routed t JOIN message n ON n.seq = t.seq
       WHERE t.recipient = $1 AND t.seq < $2 AND n.sent_at > $3 ORDER BY t.seq DESC LIMIT $4)) o
    ORDER BY seq DESC LIMIT $4) l ON l.seq = m.seq
  ORDER BY m.seq DESC";

#[async_trait]
impl Lists for PostgresRecords {
    async fn newest(
        &self,
        from: ListFrom,
        mailbox: &MailboxId,
        since: Timestamp,
        before_seq: i64,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let condition = match from {
            ListFrom::Sent => SENT,
            ListFrom::Received => RECEIVED,
        };
        readable(
            self,
            condition,
            &[
                &mailbox.as_str(),
                &before_seq,
                &since.as_microsecond(),
                &i64::from(limit),
            ],
        )
        .await
    }

    async fn by_local_id(
        &self,
        mailbox: &MailboxId,
        local_id: &[u8],
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let condition = "WHERE m.sender = $1 AND m.local_id = $2 ORDER BY m.seq DESC LIMIT $3";
        readable(
            self,
            condition,
            &[&mailbox.as_str(), &local_id, &i64::from(limit)],
        )
        .await
    }

    async fn audit_of(&self, subject: &str) -> Result<Vec<AuditLine>, StoreError> {
        let sql = format!("{AUDIT_LINES} {ABOUT} ORDER BY number LIMIT 1000");
        let rows = self.rows(&sql, &[&subject]).await?;
        rows.iter().map(audit_line).collect()
    }
}
