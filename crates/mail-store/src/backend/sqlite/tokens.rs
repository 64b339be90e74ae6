//! Authorisation tokens: used once, remembered for a while.

use jiff::Timestamp;
use rusqlite::params;

use super::batch::Batch;
use crate::StoreError;
use crate::contract::{Outcome, TokenDigest};

/// How many tokens one `Op::ForgetTokens` looks at.
const STEP: u32 = 5_000;

pub(super) fn use_token(
    batch: &mut Batch<'_>,
    token: &TokenDigest,
    forget_at: Timestamp,
) -> Result<Outcome, StoreError> {
    if batch.shared.tokens().contains(token) || !batch.effects.use_token(*token, forget_at) {
        return Ok(Outcome::Duplicate);
    }
    batch
        .connection
        .prepare_cached("INSERT INTO used_token (token, forget_at) VALUES (?, ?)")?
        .execute(params![token, forget_at.as_microsecond()])?;
    Ok(Outcome::Done)
}

pub(super) fn forget(batch: &mut Batch<'_>, now: Timestamp) -> Result<Outcome, StoreError> {
    batch.effects.forget_tokens(now);
    let deleted = batch.connection.execute(
        "DELETE FROM used_token WHERE forget_at < ? AND number IN
           (SELECT number FROM used_token ORDER BY number LIMIT ?)",
        params![now.as_microsecond(), STEP],
    )?;
    Ok(Outcome::Counted(u32::try_from(deleted).unwrap_or(u32::MAX)))
}
