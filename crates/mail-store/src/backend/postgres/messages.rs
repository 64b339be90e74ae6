//! Messages by their ids, and their bodies.

use async_trait::async_trait;
use nhs::MessageId;

use super::records::PostgresRecords;
use super::row::MESSAGE;
use super::session::Values;
use crate::StoreError;
use crate::backend::row::{self, RowReader};
use crate::contract::{Body, Message, Messages};

#[async_trait]
impl Messages for PostgresRecords {
    async fn message(&self, id: &MessageId) -> Result<Option<Message>, StoreError> {
        let sql = format!("{MESSAGE} WHERE m.id = $1");
        let row = self.row(&sql, &[&id.as_str()]).await?;
        row.as_ref().map(row::message).transpose()
    }

    /// The first chunk lies in the message's own record unless it was sent again.
    async fn chunk(&self, seq: i64, number: u32) -> Result<Option<Body>, StoreError> {
        let row = self
            .row(
                "SELECT length, object, sha256, body FROM chunk WHERE seq = $1 AND number = $2
                 UNION ALL SELECT length, object, sha256, body FROM message
                 WHERE seq = $1 AND $2 = 1 LIMIT 1",
                &[&seq, &i64::from(number)],
            )
            .await?;
        row.as_ref().map_or(Ok(None), row::body)
    }

    async fn recent(&self, limit: u32, before_seq: i64) -> Result<Vec<Message>, StoreError> {
        let condition = "WHERE m.seq < $1 ORDER BY m.seq DESC LIMIT $2";
        readable(self, condition, &[&before_seq, &i64::from(limit)]).await
    }

    async fn quarantined(&self) -> Result<u64, StoreError> {
        self.number("SELECT count(*) FROM quarantine", &[]).await
    }
}

/// The messages of a condition whose record can be read.
pub(super) async fn readable(
    records: &PostgresRecords,
    condition: &str,
    values: Values<'_>,
) -> Result<Vec<Message>, StoreError> {
    let rows = records
        .rows(&format!("{MESSAGE} {condition}"), values)
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        // a damaged record must not hide the others
        match row::message(row) {
            Ok(message) => found.push(message),
            Err(error) => {
                let seq = row.needed("seq")?;
                tracing::error!(seq, %error, "a stored record is damaged");
            }
        }
    }
    Ok(found)
}
