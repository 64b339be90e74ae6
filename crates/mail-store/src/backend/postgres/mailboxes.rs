//! The directory as servers read it, and every mailbox at a glance.

use async_trait::async_trait;

use super::directory;
use super::records::PostgresRecords;
use crate::StoreError;
use crate::backend::row::{RowReader, count, mailbox};
use crate::contract::{DirectoryRecords, MailboxSummary, Mailboxes};

const SUMMARIES: &str = "
SELECT b.id,
  (SELECT count(*) FROM pending p WHERE p.recipient = b.id) AS waiting,
  (SELECT since FROM pending p WHERE p.recipient = b.id ORDER BY position LIMIT 1) AS oldest,
  (SELECT count(*) FROM uploading u JOIN message m ON m.seq = u.seq WHERE m.sender = b.id)
    AS uploading
FROM mailbox b ORDER BY b.id COLLATE \"C\"";

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

    async fn mailbox_summaries(&self) -> Result<Vec<MailboxSummary>, StoreError> {
        let rows = self.rows(SUMMARIES, &[]).await?;
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
}
