//! The reviews of Update Records: what came, what people decided about each entry, what was filed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use update_record::{Act, FiledRecord, Record, Review};

use super::time;
use crate::review::{Filed, TaskReview, Withdrawal};
use crate::{PracticeError, TaskId};

/// How many versions are gone back to find what was filed of an earlier one.
const MOST_VERSIONS: u32 = 100;

/// Puts a task's record under review.
pub(crate) fn open(
    connection: &Connection,
    task: TaskId,
    record: &Record,
) -> Result<(), PracticeError> {
    connection.execute(
        "INSERT INTO review (task, record) VALUES (?1, ?2)",
        params![task.to_string(), json(record)?],
    )?;
    connection.execute(
        "UPDATE task SET needs_review = 1 WHERE id = ?1",
        [task.to_string()],
    )?;
    Ok(())
}

/// Whether a task's entries are decided by a review.
pub(crate) fn is_there(connection: &Connection, task: TaskId) -> Result<bool, PracticeError> {
    let mut statement =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM review WHERE task = ?1)")?;
    Ok(statement.query_row([task.to_string()], |row| row.get(0))?)
}

/// A task's review as it stands.
pub(crate) fn by_task(
    connection: &Connection,
    task: TaskId,
) -> Result<Option<TaskReview>, PracticeError> {
    let mut statement =
        connection.prepare_cached("SELECT record, revision FROM review WHERE task = ?1")?;
    let found: Option<(String, u32)> = statement
        .query_row([task.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((record, revision)) = found else {
        return Ok(None);
    };
    let (acts, decided_in) = acts(connection, task)?;
    Ok(Some(TaskReview {
        review: Review::resumed(parsed(&record)?, acts),
        revision,
        decided_in,
        filed: filed(connection, task)?,
        before: before(connection, task)?,
    }))
}

/// Every decision about a task's entries, and the save in which the last about each entry was made.
fn acts(
    connection: &Connection,
    task: TaskId,
) -> Result<(Vec<Act>, BTreeMap<usize, u32>), PracticeError> {
    let mut statement = connection.prepare_cached(
        "SELECT entry, at, who, decision, revision FROM review_act WHERE task = ?1 ORDER BY id",
    )?;
    let mut rows = statement.query([task.to_string()])?;
    let (mut acts, mut decided_in) = (Vec::new(), BTreeMap::new());
    while let Some(row) = rows.next()? {
        let entry = row.get::<_, u32>(0)? as usize;
        decided_in.insert(entry, row.get(4)?);
        acts.push(Act {
            entry,
            at: time(row.get(1)?)?,
            by: row.get(2)?,
            decision: parsed(&row.get::<_, String>(3)?)?,
        });
    }
    Ok((acts, decided_in))
}

/// Stores what was decided since the revision that somebody saw; tells whether it is still that one.
pub(crate) fn save(
    connection: &Connection,
    task: TaskId,
    seen: u32,
    acts: &[Act],
) -> Result<bool, PracticeError> {
    let changed = connection.execute(
        "UPDATE review SET revision = revision + ?3 WHERE task = ?1 AND revision = ?2",
        params![task.to_string(), seen, !acts.is_empty()],
    )?;
    if changed == 0 {
        return Ok(false);
    }
    let mut statement = connection.prepare_cached(
        "INSERT INTO review_act (task, entry, at, who, decision, revision)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for act in acts {
        statement.execute(params![
            task.to_string(),
            u32::try_from(act.entry).unwrap_or(u32::MAX),
            act.at.as_millisecond(),
            act.by,
            json(&act.decision)?,
            seen.saturating_add(1),
        ])?;
    }
    Ok(true)
}

/// Stores what is filed, and withdraws what was filed of earlier versions.
pub(crate) fn file(
    connection: &Connection,
    task: TaskId,
    record: &FiledRecord,
) -> Result<(), PracticeError> {
    for earlier in earlier_filed(connection, task)? {
        connection.execute(
            "UPDATE filed_record SET withdrawn_at = ?2, withdrawn_by = ?3, replaced_by = ?4
             WHERE id = ?1",
            params![
                earlier,
                record.filed_at.as_millisecond(),
                record.filed_by,
                task.to_string()
            ],
        )?;
    }
    connection.execute(
        "INSERT INTO filed_record (task, record) VALUES (?1, ?2)",
        params![task.to_string(), json(record)?],
    )?;
    Ok(())
}

/// Withdraws what was filed of a task; tells whether anything was.
pub(crate) fn withdraw(
    connection: &Connection,
    task: TaskId,
    at: Timestamp,
    who: &str,
) -> Result<bool, PracticeError> {
    let changed = connection.execute(
        "UPDATE filed_record SET withdrawn_at = ?2, withdrawn_by = ?3
         WHERE task = ?1 AND withdrawn_at IS NULL",
        params![task.to_string(), at.as_millisecond(), who],
    )?;
    Ok(changed > 0)
}

const FILED: &str = "task, record, withdrawn_at, withdrawn_by, replaced_by";

/// What was filed of a task last.
fn filed(connection: &Connection, task: TaskId) -> Result<Option<Filed>, PracticeError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {FILED} FROM filed_record WHERE task = ?1 ORDER BY id DESC LIMIT 1"
    ))?;
    let mut rows = statement.query([task.to_string()])?;
    rows.next()?.map(as_filed).transpose()
}

/// What is filed of an earlier version, and not withdrawn.
fn before(connection: &Connection, task: TaskId) -> Result<Option<Filed>, PracticeError> {
    let Some(id) = earlier_filed(connection, task)?.first().copied() else {
        return Ok(None);
    };
    let mut statement =
        connection.prepare_cached(&format!("SELECT {FILED} FROM filed_record WHERE id = ?1"))?;
    let mut rows = statement.query([id])?;
    rows.next()?.map(as_filed).transpose()
}

/// The records that are filed of earlier versions, the latest version first.
fn earlier_filed(connection: &Connection, task: TaskId) -> Result<Vec<i64>, PracticeError> {
    let mut statement = connection.prepare_cached(
        "WITH RECURSIVE earlier (id, back) AS (
             SELECT replaces, 1 FROM task WHERE id = ?1
             UNION ALL
             SELECT task.replaces, back + 1 FROM earlier JOIN task ON task.id = earlier.id
             WHERE back < ?2)
         SELECT filed_record.id FROM earlier JOIN filed_record ON filed_record.task = earlier.id
         WHERE withdrawn_at IS NULL ORDER BY back",
    )?;
    let ids = statement
        .query_map(params![task.to_string(), MOST_VERSIONS], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(ids)
}

fn as_filed(row: &Row<'_>) -> Result<Filed, PracticeError> {
    let damaged = PracticeError::Damaged {
        kind: "filed record",
    };
    let withdrawn_at: Option<i64> = row.get(2)?;
    let replaced_by: Option<String> = row.get(4)?;
    Ok(Filed {
        task: TaskId::parse(&row.get::<_, String>(0)?).ok_or(damaged)?,
        record: parsed(&row.get::<_, String>(1)?)?,
        withdrawn: match withdrawn_at {
            None => None,
            Some(at) => Some(Withdrawal {
                at: time(at)?,
                by: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
                replaced_by: replaced_by.and_then(|id| TaskId::parse(&id)),
            }),
        },
    })
}

fn json<T: Serialize>(what: &T) -> Result<String, PracticeError> {
    serde_json::to_string(what).map_err(|_| PracticeError::Damaged { kind: "review" })
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, PracticeError> {
    serde_json::from_str(text).map_err(|_| PracticeError::Damaged { kind: "review" })
}
