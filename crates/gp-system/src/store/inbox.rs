//! One page of the inbox out of any number of tasks.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::tasks;
use crate::task::INBOX_PAGE;
use crate::{InboxPage, InboxQuery, InboxSort, PracticeError, Task};

/// Matches a search gives, at most: the latest. Whoever looks for one task narrows the search.
const MOST_FOUND: u32 = 1_000;
/// The longest list of senders to choose from.
const MOST_SENDERS: u32 = 200;

/// The conditions of a query, and the values they are bound to.
#[derive(Default)]
pub(super) struct Conditions {
    terms: Vec<&'static str>,
    pub(super) values: Vec<Value>,
}

impl Conditions {
    fn of(query: &InboxQuery) -> Self {
        let mut all = Self::default();
        if let Some(state) = query.state {
            all.add("task.state = ?", state.as_str().to_owned());
        }
        if let Some(for_action) = query.for_action {
            all.add("task.for_action = ?", for_action);
        }
        if let Some(sender) = &query.sender {
            all.add("task.sender = ?", sender.clone());
        }
        if let Some(user) = &query.assigned_to {
            all.add("task.assigned_to = ?", user.clone());
        }
        if query.unread {
            all.terms.push("task.opened_at IS NULL");
        }
        if let Some(moment) = query.received_before {
            all.add("task.received_at < ?", moment.as_millisecond());
        }
        if let Some(moment) = query.received_from {
            all.add("task.received_at >= ?", moment.as_millisecond());
        }
        all
    }

    fn add(&mut self, term: &'static str, value: impl Into<Value>) {
        self.terms.push(term);
        self.values.push(value.into());
    }

    fn sql(&self) -> String {
        if self.terms.is_empty() {
            "true".to_owned()
        } else {
            self.terms.join(" AND ")
        }
    }
}

/// Which tasks a query finds, and where SQLite is to look for them.
pub(super) struct Selection {
    pub(super) conditions: Conditions,
    /// The tasks a search finds, as a table; empty without a search.
    found: String,
}

impl Selection {
    /// A search gives the latest [`MOST_FOUND`] at most, as on the pages of the inbox.
    pub(super) fn of_pages(query: &InboxQuery) -> Self {
        Self::of(query, MOST_FOUND)
    }

    /// A search gives the latest `most_found` at most.
    fn of(query: &InboxQuery, most_found: u32) -> Self {
        let mut conditions = Conditions::of(query);
        let found = match search_expression(&query.search) {
            Some(expression) => {
                conditions.add("task_search MATCH ?", expression);
                format!(
                    "(SELECT task.number FROM task_search
                      CROSS JOIN task ON task.number = task_search.rowid
                      WHERE {} ORDER BY task_search.rowid DESC LIMIT {most_found})",
                    conditions.sql()
                )
            }
            None => String::new(),
        };
        Self { conditions, found }
    }

    /// The tasks, to be read by the index of the query's order.
    pub(super) fn source(&self, query: &InboxQuery) -> String {
        if self.found.is_empty() {
            // The planner would rather sort all tasks of a state than walk the index of the order.
            format!(
                "task INDEXED BY {} WHERE {}",
                index(query),
                self.conditions.sql()
            )
        } else {
            format!("task WHERE number IN {}", self.found)
        }
    }

    /// So many of them, in the query's order.
    fn read(
        &self,
        connection: &Connection,
        query: &InboxQuery,
        limit: u32,
        offset: u64,
    ) -> Result<Vec<Task>, PracticeError> {
        let source = self.source(query);
        let statement = format!(
            "SELECT {} FROM {source} ORDER BY {} LIMIT {limit} OFFSET {offset}",
            tasks::COLUMNS,
            order(query),
        );
        let mut statement = connection.prepare_cached(&statement)?;
        let mut rows = statement.query(params_from_iter(&self.conditions.values))?;
        let mut list = Vec::new();
        while let Some(row) = rows.next()? {
            list.push(tasks::without_attachments(row)?);
        }
        Ok(list)
    }
}

/// The first tasks that a query finds, whatever its page: for a file that is taken along.
pub(crate) fn first(
    connection: &Connection,
    query: &InboxQuery,
    limit: u32,
) -> Result<Vec<Task>, PracticeError> {
    Selection::of(query, limit).read(connection, query, limit, 0)
}

/// The tasks of one page, and how many there are in all.
pub(crate) fn page(
    connection: &Connection,
    query: &InboxQuery,
) -> Result<InboxPage, PracticeError> {
    let selection = Selection::of_pages(query);
    let total = count(connection, &selection.conditions, &selection.found)?;
    let pages = u32::try_from(total.div_ceil(u64::from(INBOX_PAGE))).unwrap_or(u32::MAX);
    let page = query.page.clamp(1, pages.max(1));
    let offset = u64::from(page - 1) * u64::from(INBOX_PAGE);
    Ok(InboxPage {
        tasks: selection.read(connection, query, INBOX_PAGE, offset)?,
        total,
        is_cut: !selection.found.is_empty() && total == u64::from(MOST_FOUND),
        page,
        pages,
    })
}

/// How many tasks a query finds, whatever its page.
pub(crate) fn total(connection: &Connection, query: &InboxQuery) -> Result<u64, PracticeError> {
    let selection = Selection::of(query, MOST_FOUND);
    count(connection, &selection.conditions, &selection.found)
}

fn count(
    connection: &Connection,
    conditions: &Conditions,
    found: &str,
) -> Result<u64, PracticeError> {
    let statement = if found.is_empty() {
        format!("SELECT count(*) FROM task WHERE {}", conditions.sql())
    } else {
        format!("SELECT count(*) FROM {found}")
    };
    let mut statement = connection.prepare_cached(&statement)?;
    let count: i64 = statement.query_row(params_from_iter(&conditions.values), |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// The index that holds the order asked for.
fn index(query: &InboxQuery) -> &'static str {
    match query.sort {
        InboxSort::Received if query.sender.is_some() => "task_by_sender",
        InboxSort::Received if query.state.is_some() => "task_by_state",
        InboxSort::Received => "task_by_number",
        InboxSort::Sender => "task_by_sender",
        InboxSort::Patient => "task_by_patient",
        InboxSort::Subject => "task_by_subject",
    }
}

/// Tasks are numbered as they arrive, so their number is their time.
fn order(query: &InboxQuery) -> &'static str {
    match (query.sort, query.ascending) {
        (InboxSort::Received, false) => "number DESC",
        (InboxSort::Received, true) => "number",
        (InboxSort::Sender, false) => "sender DESC, number DESC",
        (InboxSort::Sender, true) => "sender, number",
        (InboxSort::Patient, false) => "patient DESC, number DESC",
        (InboxSort::Patient, true) => "patient, number",
        (InboxSort::Subject, false) => "subject DESC, number DESC",
        (InboxSort::Subject, true) => "subject, number",
    }
}

/// What people type, as an FTS5 expression: every word must begin a word of the task; digits alone
/// begin an NHS number. None when nothing is asked for.
pub(super) fn search_expression(text: &str) -> Option<String> {
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if dense.len() >= 4 && dense.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(format!("nhs_number : \"{dense}\" *"));
    }
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(16);
    let terms: Vec<String> = words.map(|word| format!("\"{word}\" *")).collect();
    (!terms.is_empty()).then(|| terms.join(" AND "))
}

/// The senders of all tasks, in order, each once.
pub(crate) fn senders(connection: &Connection) -> Result<Vec<String>, PracticeError> {
    // One step down the index for each sender, however many tasks it has.
    let mut statement = connection.prepare_cached(
        "WITH RECURSIVE each (sender) AS (
             SELECT min(sender) FROM task
             UNION ALL
             SELECT (SELECT min(sender) FROM task WHERE sender > each.sender)
             FROM each WHERE each.sender IS NOT NULL
         )
         SELECT sender FROM each WHERE sender IS NOT NULL LIMIT ?1",
    )?;
    Ok(statement
        .query_map([MOST_SENDERS], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_becomes_words_and_numbers_and_never_an_operator() {
        let of = |text| search_expression(text).unwrap_or_default();
        assert_eq!(of("969 363 2109"), "nhs_number : \"9693632109\" *");
        assert_eq!(of("Garton, Bill"), "\"Garton\" * AND \"Bill\" *");
        assert_eq!(
            of("a\" OR \"b* NEAR(c"),
            "\"a\" * AND \"OR\" * AND \"b\" * AND \"NEAR\" * AND \"c\" *"
        );
        assert_eq!(search_expression(" - \" * "), None);
    }
}
