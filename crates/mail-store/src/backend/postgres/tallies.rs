//! How much happened, by the minute and by the hour, on all servers together.

use async_trait::async_trait;
use jiff::Timestamp;

use super::records::PostgresRecords;
use super::session::Session;
use crate::StoreError;
use crate::backend::row::RowReader;
use crate::contract::{Amount, Outcome, Span, Tallied, Tallies, Tally};

const COUNTED: &str = "SELECT began, what, amount FROM tally
WHERE span = $1 AND began >= $2 AND began < $3 ORDER BY began, what COLLATE \"C\"";

const MINUTES: &str = "SELECT began FROM tally
WHERE span = 60 AND began >= $1 AND began < $2 AND what = $3 ORDER BY began";

#[async_trait]
impl Tallies for PostgresRecords {
    async fn tallies(
        &self,
        span: Span,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<Vec<Tallied>, StoreError> {
        let (from, before) = (from.as_microsecond(), before.as_microsecond());
        let rows = self.rows(COUNTED, &[&span.seconds(), &from, &before]).await;
        rows?
            .iter()
            .map(|row| {
                Ok(Tallied {
                    began: row.needed_time("began")?,
                    what: row.needed_text("what")?,
                    amount: row.needed("amount")?.unsigned_abs(),
                })
            })
            .collect()
    }

    async fn minutes_with(
        &self,
        what: &str,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<Vec<Timestamp>, StoreError> {
        let (from, before) = (from.as_microsecond(), before.as_microsecond());
        let rows = self.rows(MINUTES, &[&from, &before, &what]).await?;
        rows.iter().map(|row| row.needed_time("began")).collect()
    }
}

const MORE: &str = "INSERT INTO tally (span, began, what, amount) VALUES ($1, $2, $3, $4)
ON CONFLICT (span, began, what) DO UPDATE SET amount = tally.amount + excluded.amount";

const HIGHEST: &str = "INSERT INTO tally (span, began, what, amount) VALUES ($1, $2, $3, $4)
ON CONFLICT (span, began, what) DO UPDATE SET amount = greatest(tally.amount, excluded.amount)";

/// Adds to the minute and the hour that hold a moment, and forgets those that are old by then. All
/// servers go through the rows in the same order, so that none waits for another in a circle.
pub(super) async fn add(
    session: &mut Session,
    at: Timestamp,
    tallies: &[Tally],
) -> Result<Outcome, StoreError> {
    let mut in_order: Vec<&Tally> = tallies.iter().collect();
    in_order.sort_by(|one, other| one.what.cmp(&other.what));
    for span in Span::ALL {
        let began = span.began(at).as_microsecond();
        for tally in &in_order {
            let sql = match tally.amount {
                Amount::More(_) => MORE,
                Amount::Highest(_) => HIGHEST,
            };
            let number = tally.amount.number();
            let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
                [&span.seconds(), &began, &tally.what, &number];
            session.execute(sql, &values).await?;
        }
        if let Ok(before) = at.checked_sub(span.kept()) {
            let sql = "DELETE FROM tally WHERE span = $1 AND began < $2";
            let values: [&(dyn tokio_postgres::types::ToSql + Sync); 2] =
                [&span.seconds(), &before.as_microsecond()];
            session.execute(sql, &values).await?;
        }
    }
    Ok(Outcome::Done)
}
