//! The directory as servers read it, and every mailbox at a glance.

use async_trait::async_trait;
use nhs::MailboxId;
use tokio_postgres::Row;

use super::connect::to_store_error;
use super::options::PostgresOptions;
use super::records::PostgresRecords;
use super::{directory, schema};
use crate::StoreError;
use crate::backend::row::{RowReader, count, mailbox};
use crate::backend::usage::usage as of_numbers;
use crate::contract::{DirectoryRecords, MailboxSummary, Mailboxes, Usage};

const SUMMARIES: &str = "
SELECT b.id,
  (SELECT count(*) FROM pending p WHERE p.recipient = b.id) AS waiting,
  (SELECT since FROM pending p WHERE p.recipient = b.id ORDER BY position LIMIT 1) AS oldest,
  coalesce(c.uploading, 0) AS uploading,
  coalesce(u.messages, 0) AS messages, coalesce(u.bytes, 0) AS bytes,
  coalesce(u.waiting, 0) AS own_waiting
FROM mailbox b LEFT JOIN usage u ON u.mailbox = b.id
  LEFT JOIN (SELECT m.sender, count(*) AS uploading FROM uploading u
    JOIN message m ON m.seq = u.seq GROUP BY m.sender) c ON c.sender = b.id
ORDER BY b.id COLLATE \"C\"";

const USAGE: &str = "SELECT messages, bytes, waiting AS own_waiting FROM usage WHERE mailbox = $1";

const TOTAL: &str = "SELECT coalesce(sum(messages), 0)::bigint AS messages,
  coalesce(sum(bytes), 0)::bigint AS bytes, coalesce(sum(waiting), 0)::bigint AS own_waiting
FROM usage";

fn of_row(row: &Row) -> Result<Usage, StoreError> {
    let (messages, bytes) = (row.needed("messages")?, row.needed("bytes")?);
    Ok(of_numbers(messages, bytes, row.needed("own_waiting")?))
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

    async fn total_usage(&self) -> Result<Usage, StoreError> {
        let row = self.row(TOTAL, &[]).await?;
        row.as_ref().map_or(Ok(Usage::default()), of_row)
    }

    async fn mailbox_summaries(&self) -> Result<Vec<MailboxSummary>, StoreError> {
        let rows = self.rows(SUMMARIES, &[]).await?;
        rows.iter().map(summary).collect()
    }
}

fn summary(row: &Row) -> Result<MailboxSummary, StoreError> {
    Ok(MailboxSummary {
        mailbox: mailbox(&row.needed_text("id")?)?,
        waiting: u64::try_from(row.needed("waiting")?).unwrap_or(0),
        oldest: row.time("oldest")?,
        uploading: count(row.needed("uploading")?),
        sent: of_row(row)?,
    })
}

/// The same for the operator.
pub(crate) async fn usage(options: &PostgresOptions) -> Result<Vec<MailboxSummary>, StoreError> {
    let client = schema::open_existing(options).await?;
    let rows = client.query(SUMMARIES, &[]).await;
    rows.map_err(to_store_error)?.iter().map(summary).collect()
}
