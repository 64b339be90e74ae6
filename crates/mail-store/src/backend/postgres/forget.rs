//! Forgetting: old messages and old tokens.

use jiff::Timestamp;

use super::gathered::Gathered;
use super::session::Session;
use crate::StoreError;
use crate::audit::AuditEntry;
use crate::contract::Outcome;

/// Those at the head of the order of arrival, up to the first that is young enough to stay.
const MESSAGES: &str = "
WITH first AS (SELECT seq, sent_at FROM message ORDER BY seq LIMIT $2),
old AS (SELECT seq FROM message WHERE seq IN (SELECT seq FROM first WHERE sent_at < $1
    AND seq < ALL (SELECT seq FROM first WHERE sent_at >= $1))
  FOR UPDATE SKIP LOCKED),
objects AS (
  SELECT object FROM message m JOIN old USING (seq) WHERE object IS NOT NULL
  UNION ALL SELECT object FROM chunk c JOIN old USING (seq) WHERE object IS NOT NULL),
d1 AS (DELETE FROM chunk t USING old o WHERE t.seq = o.seq),
d2 AS (DELETE FROM uploading t USING old o WHERE t.seq = o.seq),
d3 AS (DELETE FROM completed t USING old o WHERE t.seq = o.seq),
d4 AS (DELETE FROM routing t USING old o WHERE t.seq = o.seq),
d5 AS (DELETE FROM routed t USING old o WHERE t.seq = o.seq),
d6 AS (DELETE FROM pending t USING old o WHERE t.seq = o.seq),
d7 AS (DELETE FROM acknowledged t USING old o WHERE t.seq = o.seq),
d8 AS (DELETE FROM failed t USING old o WHERE t.seq = o.seq),
d9 AS (DELETE FROM quarantine t USING old o WHERE t.seq = o.seq),
gone AS (DELETE FROM message t USING old o WHERE t.seq = o.seq RETURNING t.seq, t.id)
SELECT ARRAY(SELECT id FROM gone ORDER BY seq) AS ids,
  ARRAY(SELECT object FROM objects) AS objects";

pub(super) async fn messages(
    session: &mut Session,
    before: Timestamp,
    limit: u32,
    at: Timestamp,
    gathered: &mut Gathered,
) -> Result<Outcome, StoreError> {
    let values: (i64, i64) = (before.as_microsecond(), i64::from(limit));
    let row = session.query_opt(MESSAGES, &[&values.0, &values.1]).await?;
    let Some(row) = row else {
        return Ok(Outcome::Counted(0));
    };
    let list = |column: &str| -> Result<Vec<String>, StoreError> {
        row.try_get(column)
            .map_err(|_| StoreError::DamagedRecord("a list of what is forgotten"))
    };
    gathered.released.extend(list("objects")?);
    let ids = list("ids")?;
    let forgotten = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    let entry = |id| AuditEntry::forgotten(id, at);
    gathered.audit.extend(ids.iter().map(entry));
    Ok(Outcome::Counted(forgotten))
}

pub(super) async fn tokens(session: &mut Session, now: Timestamp) -> Result<Outcome, StoreError> {
    let forgotten = session
        .execute(
            "DELETE FROM used_token WHERE token IN (SELECT token FROM used_token
               WHERE forget_at < $1 ORDER BY forget_at LIMIT 5000 FOR UPDATE SKIP LOCKED)",
            &[&now.as_microsecond()],
        )
        .await?;
    Ok(Outcome::Counted(
        u32::try_from(forgotten).unwrap_or(u32::MAX),
    ))
}
