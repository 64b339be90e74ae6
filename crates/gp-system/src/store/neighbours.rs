//! What stands before and behind a task in a list of the inbox.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use super::inbox::Selection;
use super::tasks;
use crate::{InboxQuery, InboxSort, Neighbours, PracticeError, TaskId};

/// The neighbours of a task in the list that a query finds, whatever its page. A task that the list no longer
/// has, since it was filed perhaps, has those between which it stood.
pub(crate) fn of(
    connection: &Connection,
    query: &InboxQuery,
    id: TaskId,
) -> Result<Option<Neighbours>, PracticeError> {
    let Some(task) = tasks::by_id(connection, id)? else {
        return Ok(None);
    };
    let number = Value::from(i64::from(task.number));
    let (columns, key) = match query.sort {
        InboxSort::Received => ("(number)", vec![number]),
        InboxSort::Sender => ("(sender, number)", vec![task.sender.into(), number]),
        InboxSort::Patient => ("(patient, number)", vec![task.patient.into(), number]),
        InboxSort::Subject => ("(subject, number)", vec![task.subject.into(), number]),
    };
    let selection = Selection::of_pages(query);
    let list = List {
        connection,
        source: selection.source(query),
        values: selection.conditions.values,
        columns,
        key,
        ascending: query.ascending,
    };
    Ok(Some(Neighbours {
        previous: list.next(false)?,
        next: list.next(true)?,
        position: list
            .has()?
            .then(|| list.before())
            .transpose()?
            .map(|it| it + 1),
    }))
}

struct List<'a> {
    connection: &'a Connection,
    /// The tasks of the list, and the values its conditions are bound to.
    source: String,
    values: Vec<Value>,
    /// What the list is sorted by, as a row value.
    columns: &'static str,
    /// The same of the task.
    key: Vec<Value>,
    ascending: bool,
}

impl List<'_> {
    /// `(patient, number) > (?, ?)`, and how the list is walked from there.
    fn beyond(&self, behind: bool) -> (String, String) {
        let is_greater = behind == self.ascending;
        let (sign, way) = if is_greater {
            (">", "")
        } else {
            ("<", " DESC")
        };
        let marks = vec!["?"; self.key.len()].join(", ");
        let columns: Vec<String> = self
            .columns
            .trim_matches(['(', ')'])
            .split(", ")
            .map(|column| format!("{column}{way}"))
            .collect();
        (
            format!("{} {sign} ({marks})", self.columns),
            columns.join(", "),
        )
    }

    fn values(&self) -> impl Iterator<Item = &Value> {
        self.values.iter().chain(&self.key)
    }

    /// The task that comes next, or the one before.
    fn next(&self, behind: bool) -> Result<Option<TaskId>, PracticeError> {
        let (beyond, order) = self.beyond(behind);
        let source = &self.source;
        let statement = format!("SELECT id FROM {source} AND {beyond} ORDER BY {order} LIMIT 1");
        let found: Option<String> = self
            .connection
            .prepare_cached(&statement)?
            .query_row(params_from_iter(self.values()), |row| row.get(0))
            .optional()?;
        Ok(found.and_then(|id| TaskId::parse(&id)))
    }

    /// How many stand before the task.
    fn before(&self) -> Result<u64, PracticeError> {
        let (beyond, _) = self.beyond(false);
        let statement = format!("SELECT count(*) FROM {} AND {beyond}", self.source);
        let mut statement = self.connection.prepare_cached(&statement)?;
        let count: i64 = statement.query_row(params_from_iter(self.values()), |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// Whether the list has the task.
    fn has(&self) -> Result<bool, PracticeError> {
        let statement = format!("SELECT 1 FROM {} AND number = ?", self.source);
        let values = self.values.iter().chain(self.key.last());
        let mut statement = self.connection.prepare_cached(&statement)?;
        Ok(statement.exists(params_from_iter(values))?)
    }
}
