//! Later chunks, and the message they complete.

use jiff::Timestamp;
use nhs::MessageId;

use super::gathered::Gathered;
use super::progress::place_in_inbox;
use super::session::Session;
use crate::StoreError;
use crate::audit::AuditEntry;
use crate::backend::row::{RowReader, body_columns, count};
use crate::backend::usage::UsageChange;
use crate::contract::{Body, Outcome};

pub(super) async fn chunk(
    session: &mut Session,
    id: &MessageId,
    number: u32,
    body: &Body,
    at: Timestamp,
    gathered: &mut Gathered,
) -> Result<Outcome, StoreError> {
    let message = session
        .query_opt(
            "SELECT seq, total_chunks, sender, recipient FROM message WHERE id = $1",
            &[&id.as_str()],
        )
        .await?;
    let Some(message) = message else {
        return Ok(Outcome::NotFound);
    };
    let seq = message.needed("seq")?;
    // locked: another node may be taking another chunk of the message
    let uploading = session
        .query_opt(
            "SELECT received, address, order_key FROM uploading WHERE seq = $1 FOR UPDATE",
            &[&seq],
        )
        .await?;
    let Some(uploading) = uploading else {
        return Ok(Outcome::Conflict);
    };
    let sender = message.text("sender")?.unwrap_or_default();
    let replaced = replace(session, seq, number, body, gathered).await?;
    let (length, ..) = body_columns(Some(body));
    let grown = UsageChange::grown(length - replaced.unwrap_or(0));
    gathered.usage.add(Some(&sender), grown);
    let sent_again = replaced.is_some();
    let fresh = i64::from(!sent_again && number != 1);
    let received = uploading.needed("received")? + fresh;
    let total = message.needed("total_chunks")?;
    let complete = received >= total;
    let entry = AuditEntry::chunk(at, &sender, id, (number, count(total)), complete);
    gathered.audit.push(entry);
    if !complete {
        session
            .execute(
                "UPDATE uploading SET received = $2 WHERE seq = $1",
                &[&seq, &received],
            )
            .await?;
        return Ok(Outcome::Done);
    }
    note_complete(session, seq, at).await?;
    match (uploading.bytes("address")?, message.text("recipient")?) {
        (Some(address), _) => {
            let since = at.as_microsecond();
            session
                .execute(
                    "INSERT INTO routing
                       (seq, address, order_key, since, attempts, next_at, leased_until, sender, turn)
                     VALUES ($1, $2, $3, $4, 0, $4, 0, $5,
                       greatest(coalesce((SELECT min(turn) FROM routing), 0),
                         coalesce((SELECT max(turn) + 1 FROM routing WHERE sender = $5), 0)))",
                    &[
                        &seq,
                        &address,
                        &uploading.bytes("order_key")?,
                        &since,
                        &sender,
                    ],
                )
                .await?;
        }
        (None, Some(recipient)) => place_in_inbox(session, seq, &recipient, at, gathered).await?,
        (None, None) => return Err(StoreError::DamagedRecord("a message without an address")),
    }
    Ok(Outcome::Done)
}

/// How long the chunk was, when it had been sent before.
async fn replace(
    session: &mut Session,
    seq: i64,
    number: u32,
    body: &Body,
    gathered: &mut Gathered,
) -> Result<Option<i64>, StoreError> {
    let number = i64::from(number);
    let before = session
        .query_opt(
            "SELECT object, length FROM chunk WHERE seq = $1 AND number = $2",
            &[&seq, &number],
        )
        .await?;
    let (length, object, sha256, bytes) = body_columns(Some(body));
    session
        .execute(
            "INSERT INTO chunk (seq, number, length, object, sha256, body)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (seq, number) DO UPDATE
             SET length = excluded.length, object = excluded.object, sha256 = excluded.sha256,
               body = excluded.body",
            &[&seq, &number, &length, &object, &sha256, &bytes],
        )
        .await?;
    let Some(before) = before else {
        return Ok(None);
    };
    gathered.released.extend(before.text("object")?);
    before.needed("length").map(Some)
}

async fn note_complete(session: &mut Session, seq: i64, at: Timestamp) -> Result<(), StoreError> {
    session
        .execute("DELETE FROM uploading WHERE seq = $1", &[&seq])
        .await?;
    session
        .execute(
            "INSERT INTO completed (seq, at, length) SELECT seq, $2,
               (SELECT coalesce(sum(length), 0)::bigint FROM chunk c WHERE c.seq = m.seq)
               + CASE WHEN EXISTS (SELECT 1 FROM chunk c WHERE c.seq = m.seq AND c.number = 1)
                 THEN 0 ELSE m.length END
             FROM message m WHERE seq = $1",
            &[&seq, &at.as_microsecond()],
        )
        .await?;
    Ok(())
}
