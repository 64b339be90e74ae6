//! The directory as servers read it, and every mailbox at a glance.

use std::sync::Arc;

use async_trait::async_trait;
use nhs::MailboxId;
use rusqlite::{OptionalExtension, params};

use super::directory;
use super::records::SqliteRecords;
use crate::StoreError;
use crate::backend::row::{mailbox, time};
use crate::contract::{DirectoryRecords, MailboxSummary, Mailboxes, Usage};

#[async_trait]
impl Mailboxes for SqliteRecords {
    async fn directory_version(&self) -> Result<i64, StoreError> {
        self.read(directory::version).await
    }

    async fn directory(&self) -> Result<DirectoryRecords, StoreError> {
        self.read(directory::records).await
    }

    async fn usage(&self, mailbox: &MailboxId) -> Result<Usage, StoreError> {
        Ok(self.shared.usage(mailbox))
    }

    async fn mailbox_summaries(&self) -> Result<Vec<MailboxSummary>, StoreError> {
        let waiting = self.shared.inboxes().summaries();
        let shared = Arc::clone(&self.shared);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT b.id, (SELECT count(*) FROM uploading u JOIN message m ON m.seq = u.seq
                   WHERE m.sender = b.id) FROM mailbox b ORDER BY b.id",
            )?;
            let mut since =
                connection.prepare_cached("SELECT since FROM pending WHERE position = ?")?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let id = mailbox(&row.get::<_, String>(0)?)?;
                let (count, first) = waiting.get(&id).copied().unwrap_or_default();
                let oldest: Option<i64> = since
                    .query_row(params![first], |row| row.get(0))
                    .optional()?;
                found.push(MailboxSummary {
                    sent: shared.usage(&id),
                    mailbox: id,
                    waiting: count,
                    oldest: oldest.map(time).transpose()?,
                    uploading: row.get(1)?,
                });
            }
            Ok(found)
        })
        .await
    }
}
