//! Steps of messages' ways.

use async_trait::async_trait;

use super::records::PostgresRecords;
use super::session::Session;
use crate::StoreError;
use crate::backend::row::RowReader;
use crate::contract::{NewStep, Outcome, STEPS_OF_A_MESSAGE, Steps, StoredStep};

/// A message's row is held, so that none is forgotten while it gets steps.
const KEEP: &str = "
WITH found AS MATERIALIZED (
  SELECT seq, id FROM message WHERE id = ANY($1) ORDER BY seq FOR KEY SHARE),
input AS (SELECT f.seq, i.at, i.place, i.what, i.number
  FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) WITH ORDINALITY
    AS i (id, at, place, what, number) JOIN found f ON f.id = i.id
  WHERE NOT EXISTS (SELECT 1 FROM step s
    WHERE s.seq = f.seq AND s.at = i.at AND s.place = i.place AND s.what = i.what)),
once AS (SELECT seq, at, place, what, min(number) AS number FROM input
  GROUP BY seq, at, place, what),
numbered AS (SELECT seq, at, place, what,
  row_number() OVER (PARTITION BY seq ORDER BY number)
    + (SELECT count(*) FROM step s WHERE s.seq = once.seq) AS number FROM once)
INSERT INTO step (seq, number, at, place, what)
SELECT seq, number, at, place, what FROM numbered WHERE number <= $5";

pub(super) async fn keep(session: &mut Session, steps: &[NewStep]) -> Result<Outcome, StoreError> {
    let ids: Vec<&str> = steps.iter().map(|step| step.message.as_str()).collect();
    let at: Vec<i64> = steps
        .iter()
        .map(|step| step.step.at.as_microsecond())
        .collect();
    let places: Vec<&str> = steps.iter().map(|step| step.step.place.as_str()).collect();
    let what: Vec<&str> = steps.iter().map(|step| step.step.what.as_str()).collect();
    let limit = i64::from(STEPS_OF_A_MESSAGE);
    let kept = session
        .execute(KEEP, &[&ids, &at, &places, &what, &limit])
        .await?;
    Ok(Outcome::Counted(u32::try_from(kept).unwrap_or(u32::MAX)))
}

#[async_trait]
impl Steps for PostgresRecords {
    async fn steps(&self, seq: i64) -> Result<Vec<StoredStep>, StoreError> {
        let sql = "SELECT at, place, what FROM step WHERE seq = $1 ORDER BY at, number";
        let rows = self.rows(sql, &[&seq]).await?;
        rows.iter()
            .map(|row| {
                Ok(StoredStep {
                    at: row.needed_time("at")?,
                    place: row.needed_text("place")?,
                    what: row.needed_text("what")?,
                })
            })
            .collect()
    }
}
