//! Lists by mailbox and by subject, as far as they were brought up to date.

use async_trait::async_trait;
use jiff::Timestamp;
use nhs::MailboxId;
use rusqlite::params;

use super::messages::readable;
use super::records::SqliteRecords;
use super::row::audit_line;
use crate::StoreError;
use crate::contract::{AuditLine, ListFrom, Lists, Message};

#[async_trait]
impl Lists for SqliteRecords {
    async fn newest(
        &self,
        from: ListFrom,
        mailbox: &MailboxId,
        since: Timestamp,
        before_seq: i64,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let mailbox = mailbox.clone();
        let list = match from {
            ListFrom::Sent => "sent",
            ListFrom::Received => "received",
        };
        self.read(move |connection| {
            readable(
                connection,
                &format!(
                    "JOIN {list} l ON l.seq = m.seq
                     WHERE l.mailbox = ? AND l.seq < ? AND m.sent_at > ?
                     ORDER BY l.seq DESC LIMIT ?"
                ),
                &[
                    &mailbox.as_str(),
                    &before_seq,
                    &since.as_microsecond(),
                    &limit,
                ],
            )
        })
        .await
    }

    async fn by_local_id(
        &self,
        mailbox: &MailboxId,
        local_id: &[u8],
        limit: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let (mailbox, local_id) = (mailbox.clone(), local_id.to_vec());
        self.read(move |connection| {
            readable(
                connection,
                "JOIN sent s ON s.seq = m.seq WHERE s.mailbox = ? AND s.local_id = ?
                 ORDER BY s.seq DESC LIMIT ?",
                &[&mailbox.as_str(), &local_id, &limit],
            )
        })
        .await
    }

    async fn audit_of(&self, subject: &str) -> Result<Vec<AuditLine>, StoreError> {
        let subject = subject.to_owned();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT a.number, a.at, a.actor, a.action, a.subject, a.detail
                 FROM audit_subject s JOIN audit a ON a.number = s.number
                 WHERE s.subject = ? ORDER BY s.number LIMIT 1000",
            )?;
            let mut rows = statement.query(params![subject])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(audit_line(row)?);
            }
            Ok(found)
        })
        .await
    }
}
