//! Uploads under way.

use async_trait::async_trait;
use nhs::MailboxId;
use rusqlite::params;

use super::records::SqliteRecords;
use super::row::optional_mailbox;
use crate::StoreError;
use crate::backend::row::{message_id, time};
use crate::contract::{UploadSummary, Uploads};

#[async_trait]
impl Uploads for SqliteRecords {
    async fn uploads_of(&self, mailbox: &MailboxId) -> Result<u32, StoreError> {
        let mailbox = mailbox.clone();
        self.read(move |connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT count(*) FROM uploading u JOIN message m ON m.seq = u.seq
                     WHERE m.sender = ?",
                )?
                .query_row(params![mailbox.as_str()], |row| row.get(0))?)
        })
        .await
    }

    async fn uploaded_bytes(&self, seq: i64) -> Result<u64, StoreError> {
        self.read(move |connection| {
            let bytes: i64 = connection
                .prepare_cached(
                    "SELECT coalesce((SELECT sum(length) FROM chunk WHERE seq = ?1), 0)
                     + CASE WHEN EXISTS (SELECT 1 FROM chunk WHERE seq = ?1 AND number = 1) THEN 0
                       ELSE coalesce((SELECT length FROM message WHERE seq = ?1), 0) END",
                )?
                .query_row(params![seq], |row| row.get(0))?;
            Ok(u64::try_from(bytes).unwrap_or(0))
        })
        .await
    }

    async fn uploads(&self, limit: u32) -> Result<Vec<UploadSummary>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(UPLOADS)?;
            let mut rows = statement.query(params![limit])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(UploadSummary {
                    message: message_id(&row.get::<_, String>(0)?)?,
                    sender: optional_mailbox(row, 1)?,
                    recipient: optional_mailbox(row, 2)?,
                    chunks_received: row.get(3)?,
                    chunks_total: row.get(4)?,
                    started_at: time(row.get(5)?)?,
                    bytes: u64::try_from(row.get::<_, i64>(6)?).unwrap_or(0),
                });
            }
            Ok(found)
        })
        .await
    }
}

const UPLOADS: &str = "
SELECT m.id, m.sender, m.recipient, u.received, m.total_chunks, m.sent_at,
  coalesce((SELECT sum(length) FROM chunk c WHERE c.seq = u.seq), 0)
  + CASE WHEN EXISTS (SELECT 1 FROM chunk c WHERE c.seq = u.seq AND c.number = 1) THEN 0
    ELSE m.length END
FROM (SELECT seq, received FROM uploading ORDER BY seq LIMIT ?) u
JOIN message m ON m.seq = u.seq ORDER BY u.seq";
