//! Steps of messages' ways.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};

use super::records::SqliteRecords;
use crate::StoreError;
use crate::backend::row::time;
use crate::contract::{NewStep, Outcome, STEPS_OF_A_MESSAGE, Steps, StoredStep};

pub(super) fn keep(connection: &Connection, steps: &[NewStep]) -> Result<Outcome, StoreError> {
    let mut kept = 0;
    // those of a new message come together, and nothing has to be compared for them
    for of_message in steps.chunk_by(|one, other| one.message == other.message) {
        kept += match place_without_steps(connection, of_message)? {
            Some(seq) => keep_first(connection, seq, of_message)?,
            None => keep_more(connection, of_message)?,
        };
    }
    Ok(Outcome::Counted(u32::try_from(kept).unwrap_or(u32::MAX)))
}

/// Where the message of these steps is, if it has none yet.
fn place_without_steps(
    connection: &Connection,
    steps: &[NewStep],
) -> Result<Option<i64>, StoreError> {
    let Some(first) = steps.first() else {
        return Ok(None);
    };
    let found = connection
        .prepare_cached(
            "SELECT m.seq FROM message m WHERE m.id = ?
               AND NOT EXISTS (SELECT 1 FROM step WHERE seq = m.seq)",
        )?
        .query_row(params![first.message.as_str()], |row| row.get(0))
        .optional()?;
    Ok(found)
}

fn keep_first(connection: &Connection, seq: i64, steps: &[NewStep]) -> Result<usize, StoreError> {
    let mut insert = connection
        .prepare_cached("INSERT INTO step (seq, number, at, place, what) VALUES (?, ?, ?, ?, ?)")?;
    let (mut kept, mut number): (Vec<&StoredStep>, u32) = (Vec::new(), 0);
    for NewStep { step, .. } in steps {
        if number >= STEPS_OF_A_MESSAGE || kept.contains(&step) {
            continue;
        }
        number += 1;
        let at = step.at.as_microsecond();
        insert.execute(params![seq, number, at, step.place, step.what])?;
        kept.push(step);
    }
    Ok(kept.len())
}

fn keep_more(connection: &Connection, steps: &[NewStep]) -> Result<usize, StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO step (seq, number, at, place, what)
         SELECT m.seq, coalesce((SELECT max(number) FROM step WHERE seq = m.seq), 0) + 1, ?2, ?3, ?4
         FROM message m WHERE m.id = ?1
           AND (SELECT count(*) FROM step WHERE seq = m.seq) < ?5
           AND NOT EXISTS (SELECT 1 FROM step
             WHERE seq = m.seq AND at = ?2 AND place = ?3 AND what = ?4)",
    )?;
    let mut kept = 0;
    for NewStep { message, step } in steps {
        let at = step.at.as_microsecond();
        let (id, limit) = (message.as_str(), STEPS_OF_A_MESSAGE);
        kept += insert.execute(params![id, at, step.place, step.what, limit])?;
    }
    Ok(kept)
}

#[async_trait]
impl Steps for SqliteRecords {
    async fn steps(&self, seq: i64) -> Result<Vec<StoredStep>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT at, place, what FROM step WHERE seq = ? ORDER BY at, number";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(params![seq])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(StoredStep {
                    at: time(row.get(0)?)?,
                    place: row.get(1)?,
                    what: row.get(2)?,
                });
            }
            Ok(found)
        })
        .await
    }
}
