//! Lines of the audit trail, added at the end of a transaction.

use super::session::Session;
use crate::StoreError;
use crate::audit::{Did, Line, about};
use crate::stored::Cells;

const APPEND: &str = "
WITH added AS (INSERT INTO audit (number, at, actor, action, subject, detail, about, hash)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
  $7::text[], $8::bytea[]))
UPDATE audit_head SET number = $9, hash = $10";

/// Lines are chained one after the other: whoever adds some holds the trail's head until the
/// transaction ends. It is therefore the last thing a transaction does.
pub(super) async fn append(session: &mut Session, lines: &[Did]) -> Result<(), StoreError> {
    if lines.is_empty() {
        return Ok(());
    }
    let head = session
        .query_opt("SELECT number, hash FROM audit_head FOR UPDATE", &[])
        .await?
        .ok_or(StoreError::DamagedRecord("the head of the audit trail"))?;
    let mut last = head.needed("number")?;
    let mut previous = head.bytes("hash")?.unwrap_or_default();
    let (mut numbers, mut hashes) = (Vec::new(), Vec::new());
    for did in lines {
        last += 1;
        let line = Line {
            number: last,
            at: did.at.as_microsecond(),
            actor: &did.actor,
            action: did.action,
            subject: &did.subject,
            detail: &did.detail,
        };
        previous = line.hash(&previous).to_vec();
        numbers.push(last);
        hashes.push(previous.clone());
    }
    let at: Vec<i64> = lines.iter().map(|did| did.at.as_microsecond()).collect();
    let actors: Vec<&str> = lines.iter().map(|did| did.actor.as_str()).collect();
    let actions: Vec<&str> = lines.iter().map(|did| did.action).collect();
    let subjects: Vec<&str> = lines.iter().map(|did| did.subject.as_str()).collect();
    let details: Vec<&str> = lines.iter().map(|did| did.detail.as_str()).collect();
    let abouts: Vec<Option<&str>> = details.iter().map(|detail| about(detail)).collect();
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
