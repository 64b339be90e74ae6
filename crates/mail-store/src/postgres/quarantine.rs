//! Messages whose record or body is damaged.

use nhs::MessageId;

use super::connect::meaning;
use super::options::PostgresOptions;
use crate::StoreError;
use crate::quarantined::Quarantined;
use crate::stored::Cells;

/// Oldest first.
pub(crate) async fn quarantined(options: &PostgresOptions) -> Result<Vec<Quarantined>, StoreError> {
    let client = super::existing(options).await?;
    let sql = "SELECT seq, id, at, reason FROM quarantine ORDER BY at, seq";
    let rows = client.query(sql, &[]).await.map_err(meaning)?;
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
