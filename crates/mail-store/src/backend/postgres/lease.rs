//! Work that one server at a time does.

use jiff::Timestamp;

use super::records::PostgresRecords;
use crate::StoreError;

/// Whether this server holds the lease until then: it goes to whoever asks first once it has run
/// out, and is renewed by asking again.
pub(super) async fn acquire(
    records: &PostgresRecords,
    name: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let acquired = records
        .rows(
            "INSERT INTO lease (name, node, until) VALUES ($1, $2, $4)
             ON CONFLICT (name) DO UPDATE SET node = excluded.node, until = excluded.until
             WHERE lease.until <= $3 OR lease.node = excluded.node RETURNING name",
            &[
                &name,
                &records.node,
                &now.as_microsecond(),
                &until.as_microsecond(),
            ],
        )
        .await?;
    Ok(!acquired.is_empty())
}
