//! Removing messages with all that is known of them but the audit trail: the oldest, or those that an
//! operator names; and forgetting old tokens.

use jiff::Timestamp;
use nhs::MessageId;
use tokio_postgres::Row;
use tokio_postgres::types::FromSqlOwned;

use super::gathered::Gathered;
use super::session::Session;
use crate::StoreError;
use crate::audit::AuditEntry;
use crate::backend::usage::UsageChange;
use crate::contract::Outcome;

/// What `old` selects goes. Whoever deletes the row by which a message waits counts it as no longer
/// waiting, so that no two servers do.
macro_rules! removing {
    ($old:literal) => {
        concat!(
            "WITH ",
            $old,
            ",
objects AS (
  SELECT object FROM message m JOIN old USING (seq) WHERE object IS NOT NULL
  UNION ALL SELECT object FROM chunk c JOIN old USING (seq) WHERE object IS NOT NULL),
d1 AS (DELETE FROM chunk t USING old o WHERE t.seq = o.seq RETURNING t.seq, t.length),
d2 AS (DELETE FROM uploading t USING old o WHERE t.seq = o.seq RETURNING t.seq),
d3 AS (DELETE FROM completed t USING old o WHERE t.seq = o.seq),
d4 AS (DELETE FROM routing t USING old o WHERE t.seq = o.seq RETURNING t.seq),
d5 AS (DELETE FROM routed t USING old o WHERE t.seq = o.seq),
d6 AS (DELETE FROM pending t USING old o WHERE t.seq = o.seq RETURNING t.seq),
d7 AS (DELETE FROM acknowledged t USING old o WHERE t.seq = o.seq),
d8 AS (DELETE FROM failed t USING old o WHERE t.seq = o.seq),
d9 AS (DELETE FROM quarantine t USING old o WHERE t.seq = o.seq),
d10 AS (DELETE FROM step t USING old o WHERE t.seq = o.seq),
waited AS (SELECT seq FROM d2 UNION ALL SELECT seq FROM d4 UNION ALL SELECT seq FROM d6),
gone AS (DELETE FROM message t USING old o WHERE t.seq = o.seq
  RETURNING t.seq, t.id, coalesce(t.sender, '') AS sender, t.length),
told AS (SELECT seq, id, sender,
  length + coalesce((SELECT sum(length) FROM d1 WHERE d1.seq = gone.seq), 0)::bigint AS bytes,
  seq IN (SELECT seq FROM waited) AS waited FROM gone)
SELECT ARRAY(SELECT id FROM told ORDER BY seq) AS ids,
  ARRAY(SELECT sender FROM told ORDER BY seq) AS senders,
  ARRAY(SELECT bytes FROM told ORDER BY seq) AS bytes,
  ARRAY(SELECT waited FROM told ORDER BY seq) AS waited,
  ARRAY(SELECT object FROM objects) AS objects"
        )
    };
}

/// Those at the head of the order of arrival, up to the first that is young enough to stay.
const OLDEST: &str = removing!(
    "first AS (SELECT seq, sent_at FROM message ORDER BY seq LIMIT $2),
old AS (SELECT seq FROM message WHERE seq IN (SELECT seq FROM first WHERE sent_at < $1
    AND seq < ALL (SELECT seq FROM first WHERE sent_at >= $1))
  FOR UPDATE SKIP LOCKED)"
);

const NAMED: &str = removing!("old AS (SELECT seq FROM message WHERE id = ANY($1) FOR UPDATE)");

pub(super) async fn messages(
    session: &mut Session,
    before: Timestamp,
    limit: u32,
    at: Timestamp,
    gathered: &mut Gathered,
) -> Result<Outcome, StoreError> {
    let (before, limit) = (before.as_microsecond(), i64::from(limit));
    let row = session.query_opt(OLDEST, &[&before, &limit]).await?;
    removed(row, gathered, |id| AuditEntry::forgotten(id, at))
}

/// Those of an operator's list that are still there.
pub(super) async fn purge(
    session: &mut Session,
    ids: &[MessageId],
    at: Timestamp,
    gathered: &mut Gathered,
) -> Result<Outcome, StoreError> {
    let ids: Vec<&str> = ids.iter().map(MessageId::as_str).collect();
    let row = session.query_opt(NAMED, &[&ids]).await?;
    removed(row, gathered, |id| AuditEntry::purged(id, at))
}

fn removed(
    row: Option<Row>,
    gathered: &mut Gathered,
    line: impl Fn(&String) -> AuditEntry,
) -> Result<Outcome, StoreError> {
    let Some(row) = row else {
        return Ok(Outcome::Counted(0));
    };
    gathered.released.extend(list::<String>(&row, "objects")?);
    let ids: Vec<String> = list(&row, "ids")?;
    let (bytes, waited): (Vec<i64>, Vec<bool>) = (list(&row, "bytes")?, list(&row, "waited")?);
    let counts = bytes.into_iter().zip(waited);
    for (sender, (bytes, waited)) in list::<String>(&row, "senders")?.iter().zip(counts) {
        let gone = UsageChange::forgotten(bytes, waited);
        gathered.usage.add(Some(sender), gone);
    }
    gathered.audit.extend(ids.iter().map(line));
    Ok(Outcome::Counted(
        u32::try_from(ids.len()).unwrap_or(u32::MAX),
    ))
}

fn list<T: FromSqlOwned>(row: &Row, column: &str) -> Result<Vec<T>, StoreError> {
    row.try_get(column)
        .map_err(|_| StoreError::DamagedRecord("a list of what is removed"))
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
