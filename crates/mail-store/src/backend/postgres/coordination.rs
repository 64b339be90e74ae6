//! What servers on the same database agree on.

use async_trait::async_trait;
use jiff::Timestamp;

use super::lease;
use super::records::PostgresRecords;
use crate::StoreError;
use crate::contract::{Coordination, TokenDigest};

#[async_trait]
impl Coordination for PostgresRecords {
    async fn token_is_used(&self, token: &TokenDigest) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) FROM used_token WHERE token = $1";
        Ok(self.number(sql, &[&token.as_slice()]).await? > 0)
    }

    async fn claim_housekeeping(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        lease::acquire(self, "housekeeping", now, until).await
    }
}
