//! Lines of the audit trail, added at the end of a transaction.

use jiff::Timestamp;

use super::session::Session;
use crate::StoreError;
use crate::stored::Cells;

/// What a transaction adds to the trail.
#[derive(Default)]
pub(super) struct Lines {
    at: Vec<i64>,
    actor: Vec<String>,
    action: Vec<String>,
    subject: Vec<String>,
}

impl Lines {
    pub(super) fn push(&mut self, at: Timestamp, actor: &str, action: &str, subject: &str) {
        self.at.push(at.as_microsecond());
        self.actor.push(actor.to_owned());
        self.action.push(action.to_owned());
        self.subject.push(subject.to_owned());
    }
}

/// Numbers have no gaps: whoever adds lines holds the last number until the transaction ends. It is
/// therefore the last thing a transaction does.
pub(super) async fn append(session: &mut Session, lines: &mut Lines) -> Result<(), StoreError> {
    if lines.at.is_empty() {
        return Ok(());
    }
    let added = i64::try_from(lines.at.len()).unwrap_or(i64::MAX);
    let row = session
        .query_opt(
            "UPDATE fact SET value = value + $1 WHERE name = 'audit_number'
             RETURNING value - $1 AS before",
            &[&added],
        )
        .await?
        .ok_or(StoreError::DamagedRecord("the audit trail's number"))?;
    let before = row.needed("before")?;
    session
        .execute(
            "INSERT INTO audit (number, at, actor, action, subject)
             SELECT $1 + number, at, actor, action, subject
             FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[])
             WITH ORDINALITY AS t (at, actor, action, subject, number)",
            &[
                &before,
                &lines.at,
                &lines.actor,
                &lines.action,
                &lines.subject,
            ],
        )
        .await?;
    Ok(())
}
