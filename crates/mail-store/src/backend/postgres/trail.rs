//! Lines of the audit trail, added at the end of a transaction.

use super::session::Session;
use crate::StoreError;
use crate::audit::{AuditEntry, Line};
use crate::backend::row::RowReader;

const APPEND: &str = "
WITH added AS (INSERT INTO audit (number, at, actor, action, subject, detail, about, hash)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
  $7::text[], $8::bytea[]))
UPDATE audit_head SET number = $9, hash = $10";

/// Lines are chained one after the other: whoever adds some holds the trail's head until the
/// transaction ends. It is therefore the last thing a transaction does.
pub(super) async fn append(
    session: &mut Session,
    entries: &[AuditEntry],
) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let head = session
        .query_opt("SELECT number, hash FROM audit_head FOR UPDATE", &[])
        .await?
        .ok_or(StoreError::DamagedRecord("the head of the audit trail"))?;
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
    Ok(())
}
