//! What servers on the same records must agree on.

use async_trait::async_trait;
use jiff::Timestamp;

use super::TokenDigest;
use crate::StoreError;

/// Tokens used, and who keeps house.
#[async_trait]
pub trait Coordination {
    /// True when the token was used, on any server, and is still remembered.
    async fn token_is_used(&self, token: &TokenDigest) -> Result<bool, StoreError>;

    /// Whether this server is to expire, forget and sweep until then. One server at a time is; it
    /// stays so while it asks again before `until`. Where there can be only one, it always is.
    async fn claim_housekeeping(
        &self,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError>;
}
