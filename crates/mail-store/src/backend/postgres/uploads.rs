//! Uploads under way.

use async_trait::async_trait;
use nhs::MailboxId;

use super::records::PostgresRecords;
use crate::StoreError;
use crate::backend::row::{RowReader, count, message_id};
use crate::contract::{UploadSummary, Uploads};

#[async_trait]
impl Uploads for PostgresRecords {
    async fn uploads_of(&self, mailbox: &MailboxId) -> Result<u32, StoreError> {
        let sql = "SELECT count(*) FROM uploading u JOIN message m ON m.seq = u.seq
           WHERE m.sender = $1";
        let uploads = self.number(sql, &[&mailbox.as_str()]).await?;
        Ok(u32::try_from(uploads).unwrap_or(u32::MAX))
    }

    async fn uploaded_bytes(&self, seq: i64) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce((SELECT sum(length) FROM chunk WHERE seq = $1), 0)::bigint
           + CASE WHEN EXISTS (SELECT 1 FROM chunk WHERE seq = $1 AND number = 1) THEN 0
             ELSE coalesce((SELECT length FROM message WHERE seq = $1), 0) END";
        self.number(sql, &[&seq]).await
    }

    async fn uploads(&self, limit: u32) -> Result<Vec<UploadSummary>, StoreError> {
        let rows = self.rows(UPLOADS, &[&i64::from(limit)]).await?;
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
}

const UPLOADS: &str = "
SELECT m.id, m.sender, m.recipient, u.received, m.total_chunks, m.sent_at,
  coalesce((SELECT sum(length) FROM chunk c WHERE c.seq = u.seq), 0)::bigint
  + CASE WHEN EXISTS (SELECT 1 FROM chunk c WHERE c.seq = u.seq AND c.number = 1) THEN 0
    ELSE m.length END AS bytes
FROM (SELECT seq, received FROM uploading ORDER BY seq LIMIT $1) u
JOIN message m ON m.seq = u.seq ORDER BY u.seq";
