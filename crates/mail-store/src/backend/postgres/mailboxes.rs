//! The directory as servers read it, and every mailbox at a glance.

use async_trait::async_trait;
use nhs::MailboxId;
use tokio_postgres::Row;

use super::directory;
use super::records::PostgresRecords;
use crate::StoreError;
use crate::backend::row::{RowReader, count, mailbox};
use crate::backend::usage::usage;
use crate::contract::{DirectoryRecords, MailboxSummary, Mailboxes, Usage};

const SUMMARIES: &str = "
SELECT b.id,
  (SELECT count(*) FROM pending p WHERE p.recipient = b.id) AS waiting,
  (SELECT since FROM pending p WHERE p.recipient = b.id ORDER BY position LIMIT 1) AS oldest,
  (SELECT count(*) FROM uploading u JOIN message m ON m.seq = u.seq WHERE m.sender = b.id)
    AS uploading,
  coalesce(u.messages, 0) AS messages, coalesce(u.bytes, 0) AS bytes,
  coalesce(u.waiting, 0) AS own_waiting
FROM mailbox b LEFT JOIN usage u ON u.mailbox = b.id ORDER BY b.id COLLATE \"C\"";

const USAGE: &str = "SELECT messages, bytes, waiting AS own_waiting FROM usage WHERE mailbox = $1";

fn of_row(row: &Row) -> Result<Usage, StoreError> {
    let (messages, bytes) = (row.needed("messages")?, row.needed("bytes")?);
    Ok(usage(messages, bytes, row.needed("own_waiting")?))
}

#[async_trait]
impl Mailboxes for PostgresRecords {
    async fn directory_version(&self) -> Result<i64, StoreError> {
        let sql = "SELECT value FROM fact WHERE name = 'directory_version'";
        let row = self.row(sql, &[]).await?;
        row.map_or(Ok(0), |row| row.needed("value"))
    }

    async fn directory(&self) -> Result<DirectoryRecords, StoreError> {
        let mut client = self.client().await?;
        directory::records(&mut client).await
    }

    async fn usage(&self, mailbox: &MailboxId) -> Result<Usage, StoreError> {
        let row = self.row(USAGE, &[&mailbox.as_str()]).await?;
        row.as_ref().map_or(Ok(Usage::default()), of_row)
    }

    async fn mailbox_summaries(&self) -> Result<Vec<MailboxSummary>, StoreError> {
        let rows = self.rows(SUMMARIES, &[]).await?;
        rows.iter()
            .map(|row| {
                Ok(MailboxSummary {
                    mailbox: mailbox(&row.needed_text("id")?)?,
                    waiting: u64::try_from(row.needed("waiting")?).unwrap_or(0),
                    oldest: row.time("oldest")?,
                    uploading: count(row.needed("uploading")?),
                    sent: of_row(row)?,
                })
            })
            .collect()
    }
}
