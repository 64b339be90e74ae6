//! The end of a transaction: lines of the audit trail, and what mailboxes' messages take.

use tokio_postgres::Row;

use super::gathered::Gathered;
use super::session::Session;
use crate::StoreError;
use crate::audit::{AuditEntry, Line};
use crate::backend::row::RowReader;
use crate::backend::usage::UsageChange;

const APPEND: &str = "
WITH added AS (INSERT INTO audit (number, at, actor, action, subject, detail, about, hash)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
  $7::text[], $8::bytea[]))
UPDATE audit_head SET number = $9, hash = $10";

/// Senders' rows are changed while the head is held, so that no two transactions wait for each other's.
const END: &str = "
WITH changed AS (INSERT INTO usage AS u (mailbox, messages, bytes, waiting)
  SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[])
  ON CONFLICT (mailbox) DO UPDATE SET messages = u.messages + excluded.messages,
    bytes = u.bytes + excluded.bytes, waiting = u.waiting + excluded.waiting)
SELECT number, hash FROM audit_head FOR UPDATE";

/// Writes what was gathered. The last line's number and hash, when there was one.
pub(super) async fn end(
    session: &mut Session,
    gathered: &Gathered,
) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
    if gathered.audit.is_empty() {
        return Ok(None);
    }
    let changes: Vec<_> = gathered.usage.iter().collect();
    let of = |number: fn(&UsageChange) -> i64| -> Vec<i64> {
        changes.iter().map(|(_, change)| number(change)).collect()
    };
    let senders: Vec<&str> = changes.iter().map(|(sender, _)| *sender).collect();
    let head = session
        .query_opt(
            END,
            &[
                &senders,
                &of(|change| change.messages),
                &of(|change| change.bytes),
                &of(|change| change.waiting),
            ],
        )
        .await?;
    add(session, &gathered.audit, head).await.map(Some)
}

/// Lines are chained one after the other: whoever adds some holds the trail's head until the
/// transaction ends. It is therefore the last thing a transaction does.
pub(super) async fn append(
    session: &mut Session,
    entries: &[AuditEntry],
) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let sql = "SELECT number, hash FROM audit_head FOR UPDATE";
    let head = session.query_opt(sql, &[]).await?;
    add(session, entries, head).await.map(drop)
}

async fn add(
    session: &mut Session,
    entries: &[AuditEntry],
    head: Option<Row>,
) -> Result<(i64, Vec<u8>), StoreError> {
    let head = head.ok_or(StoreError::DamagedRecord("the head of the audit trail"))?;
    let mut last = head.needed("number")?;
    let mut previous = head.bytes("hash")?.unwrap_or_default();
    let (mut numbers, mut hashes) = (Vec::new(), Vec::new());
    for entry in entries {
        last += 1;
        let line = Line {
            number: last,
            at: entry.at.as_microsecond(),
            actor: &entry.actor,
            action: entry.action,
            subject: &entry.subject,
            detail: &entry.detail,
        };
        previous = line.hash(&previous).to_vec();
        numbers.push(last);
        hashes.push(previous.clone());
    }
    let at: Vec<i64> = entries
        .iter()
        .map(|entry| entry.at.as_microsecond())
        .collect();
    let actors: Vec<&str> = entries.iter().map(|entry| entry.actor.as_str()).collect();
    let actions: Vec<&str> = entries.iter().map(|entry| entry.action).collect();
    let subjects: Vec<&str> = entries.iter().map(|entry| entry.subject.as_str()).collect();
    let details: Vec<&str> = entries.iter().map(|entry| entry.detail.as_str()).collect();
    let abouts: Vec<Option<&str>> = entries.iter().map(|entry| entry.about.as_deref()).collect();
    session
        .execute(
            APPEND,
            &[
                &numbers, &at, &actors, &actions, &subjects, &details, &abouts, &hashes, &last,
                &previous,
            ],
        )
        .await?;
    Ok((last, previous))
}
