//! How many letters of the inbox wait, and of which kinds.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::{InboxTallies, PracticeError};

/// Letters received before `old` count as old; `user` is whose they are.
pub(crate) fn of(
    connection: &Connection,
    user: &str,
    old: Timestamp,
) -> Result<InboxTallies, PracticeError> {
    // One walk along one index, for all of them.
    let mut statement = connection.prepare_cached(
        "SELECT count(*), total(assigned_to IS ?1), total(opened_at IS NULL), total(for_action),
             total(received_at < ?2)
         FROM task INDEXED BY task_by_state WHERE state = 'open'",
    )?;
    let open = statement.query_row(params![user, old.as_millisecond()], |row| {
        Ok(InboxTallies {
            open: row.get::<_, i64>(0)?.unsigned_abs(),
            mine: whole(row.get(1)?),
            unread: whole(row.get(2)?),
            for_action: whole(row.get(3)?),
            old: whole(row.get(4)?),
            done: 0,
        })
    })?;
    let mut statement = connection.prepare_cached("SELECT count(*) FROM task")?;
    let all: i64 = statement.query_row([], |row| row.get(0))?;
    Ok(InboxTallies {
        done: all.unsigned_abs().saturating_sub(open.open),
        ..open
    })
}

/// SQLite's sums of no rows are 0.0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of rows, never negative and far below 2^53"
)]
fn whole(sum: f64) -> u64 {
    sum as u64
}
