//! Messages whose record or body is damaged.

use nhs::MessageId;

use super::connect::to_store_error;
use super::options::PostgresOptions;
use super::schema;
use crate::StoreError;
use crate::backend::row::RowReader;
use crate::contract::Quarantined;

/// Oldest first.
pub(crate) async fn quarantined(options: &PostgresOptions) -> Result<Vec<Quarantined>, StoreError> {
    let client = schema::open_existing(options).await?;
    let sql = "SELECT seq, id, at, reason FROM quarantine ORDER BY at, seq";
    let rows = client.query(sql, &[]).await.map_err(to_store_error)?;
    rows.iter()
        .map(|row| {
            Ok(Quarantined {
                seq: row.needed("seq")?,
                id: row.text("id")?.and_then(|id| MessageId::parse(&id).ok()),
                at: row.needed_time("at")?,
                reason: row.needed_text("reason")?,
            })
        })
        .collect()
}
