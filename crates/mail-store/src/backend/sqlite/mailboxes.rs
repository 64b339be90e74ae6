//! The directory as servers read it, and every mailbox at a glance.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use nhs::MailboxId;
use rusqlite::{OptionalExtension, params};

use super::records::SqliteRecords;
use super::{directory, schema};
use crate::StoreError;
use crate::backend::row::{mailbox, time};
use crate::backend::usage::usage as of_numbers;
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

    async fn total_usage(&self) -> Result<Usage, StoreError> {
        Ok(self.shared.total_usage())
    }

    async fn mailbox_summaries(&self) -> Result<Vec<MailboxSummary>, StoreError> {
        let waiting = self.shared.inboxes().summaries();
        let shared = Arc::clone(&self.shared);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT b.id, coalesce(c.uploading, 0) FROM mailbox b
                   LEFT JOIN {UPLOADING} c ON c.sender = b.id ORDER BY b.id"
            ))?;
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

/// Uploads by sender. A CROSS JOIN, so that the few uploads are gone through and not all messages.
const UPLOADING: &str = "(SELECT m.sender, count(*) AS uploading
  FROM uploading u CROSS JOIN message m ON m.seq = u.seq GROUP BY m.sender)";

fn summaries() -> String {
    format!(
        "SELECT b.id, coalesce(p.waiting, 0), p.since, coalesce(c.uploading, 0),
  coalesce(u.messages, 0), coalesce(u.bytes, 0), coalesce(u.waiting, 0)
FROM mailbox b LEFT JOIN usage u ON u.mailbox = b.id
  LEFT JOIN {UPLOADING} c ON c.sender = b.id
  LEFT JOIN (SELECT recipient, count(*) AS waiting, min(since) AS since FROM pending
    GROUP BY recipient) p ON p.recipient = b.id
ORDER BY b.id"
    )
}

/// The same without a server's memory, for the operator.
pub(crate) fn usage(directory: &Path) -> Result<Vec<MailboxSummary>, StoreError> {
    let connection = schema::open_existing(directory)?;
    let mut summaries = connection.prepare(&summaries())?;
    let mut rows = summaries.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let oldest: Option<i64> = row.get(2)?;
        found.push(MailboxSummary {
            mailbox: mailbox(&row.get::<_, String>(0)?)?,
            waiting: row.get::<_, i64>(1)?.unsigned_abs(),
            oldest: oldest.map(time).transpose()?,
            uploading: row.get(3)?,
            sent: of_numbers(row.get(4)?, row.get(5)?, row.get(6)?),
        });
    }
    Ok(found)
}
