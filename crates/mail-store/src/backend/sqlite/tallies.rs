//! How much happened, by the minute and by the hour.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::records::SqliteRecords;
use crate::StoreError;
use crate::backend::row::time;
use crate::contract::{Amount, Outcome, Span, Tallied, Tallies, Tally};

#[async_trait]
impl Tallies for SqliteRecords {
    async fn tallies(
        &self,
        span: Span,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<Vec<Tallied>, StoreError> {
        self.read(move |connection| {
            let mut counted = connection.prepare_cached(
                "SELECT began, what, amount FROM tally WHERE span = ? AND began >= ? AND began < ?
                 ORDER BY began, what",
            )?;
            let (from, before) = (from.as_microsecond(), before.as_microsecond());
            let mut rows = counted.query(params![span.seconds(), from, before])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(Tallied {
                    began: time(row.get(0)?)?,
                    what: row.get(1)?,
                    amount: row.get::<_, i64>(2)?.unsigned_abs(),
                });
            }
            Ok(found)
        })
        .await
    }

    async fn minutes_with(
        &self,
        what: &str,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<Vec<Timestamp>, StoreError> {
        let what = what.to_owned();
        self.read(move |connection| {
            let mut counted = connection.prepare_cached(
                "SELECT began FROM tally WHERE span = 60 AND began >= ? AND began < ? AND what = ?
                 ORDER BY began",
            )?;
            let (from, before) = (from.as_microsecond(), before.as_microsecond());
            let mut rows = counted.query(params![from, before, what])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(time(row.get(0)?)?);
            }
            Ok(found)
        })
        .await
    }
}

/// Adds to the minute and the hour that hold a moment, and forgets those that are old by then.
pub(super) fn add(
    connection: &Connection,
    at: Timestamp,
    tallies: &[Tally],
) -> Result<Outcome, StoreError> {
    let mut more = connection.prepare_cached(
        "INSERT INTO tally (span, began, what, amount) VALUES (?, ?, ?, ?)
         ON CONFLICT (span, began, what) DO UPDATE SET amount = amount + excluded.amount",
    )?;
    let mut highest = connection.prepare_cached(
        "INSERT INTO tally (span, began, what, amount) VALUES (?, ?, ?, ?)
         ON CONFLICT (span, began, what) DO UPDATE SET amount = max(amount, excluded.amount)",
    )?;
    let mut forget = connection.prepare_cached("DELETE FROM tally WHERE span = ? AND began < ?")?;
    for span in Span::ALL {
        let began = span.began(at).as_microsecond();
        for tally in tallies {
            let add = match tally.amount {
                Amount::More(_) => &mut more,
                Amount::Highest(_) => &mut highest,
            };
            add.execute(params![
                span.seconds(),
                began,
                tally.what,
                tally.amount.number()
            ])?;
        }
        if let Ok(before) = at.checked_sub(span.kept()) {
            forget.execute(params![span.seconds(), before.as_microsecond()])?;
        }
    }
    Ok(Outcome::Done)
}
