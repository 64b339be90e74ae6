//! Consultations as callers see them: one with its timeline, lists, counts.

use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use super::{answers, inbox, time};
use crate::{
    ConsultationId, ConsultationRecord, ConsultationState, Failure, PracticeError, SentCounts,
    SentPage, SentQuery, SentState, TimelineEntry,
};

const COLUMNS: &str = "consultation.id, consultation.state, version, submitted_at, due_at,
    placed_at, subject, patient, message_id, transport_id, infrastructure, business, overdue,
    failure_code, failure_reason, failure_advice, void, deleted_at, recipient,
    consultation.nhs_number, consultation.receiving_practice";

/// How many consultations are under way, delivered and failed.
pub(crate) fn counts(connection: &Connection) -> Result<(u64, u64, u64), PracticeError> {
    Ok(connection.query_row(
        "SELECT count(*) FILTER (WHERE state NOT IN ('delivered', 'failed', 'withdrawn')),
                count(*) FILTER (WHERE state = 'delivered'),
                count(*) FILTER (WHERE state = 'failed')
         FROM consultation",
        [],
        |row| Ok((count(row, 0)?, count(row, 1)?, count(row, 2)?)),
    )?)
}

/// How many consultations are in each state.
pub(crate) fn by_state(connection: &Connection) -> Result<SentCounts, PracticeError> {
    let mut counts = SentCounts::default();
    let mut statement =
        connection.prepare_cached("SELECT state, count(*) FROM consultation GROUP BY state")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let place = match ConsultationState::parse(&row.get::<_, String>(0)?) {
            Some(ConsultationState::Waiting) => &mut counts.waiting,
            Some(ConsultationState::Delivered) => &mut counts.delivered,
            Some(ConsultationState::Failed) => &mut counts.failed,
            Some(ConsultationState::Withdrawn) => &mut counts.withdrawn,
            _ => &mut counts.under_way,
        };
        *place += count(row, 1)?;
    }
    counts.overdue = connection
        .prepare_cached(
            "SELECT count(*) FROM consultation INDEXED BY consultation_overdue
             WHERE overdue AND state IN ('placed', 'sent', 'received')",
        )?
        .query_row([], |row| count(row, 0))?;
    Ok(counts)
}

fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::unsigned_abs)
}

const SOURCE: &str = "consultation LEFT JOIN outbox ON outbox.consultation = consultation.id";

pub(crate) fn by_id(
    connection: &Connection,
    id: ConsultationId,
) -> Result<Option<ConsultationRecord>, PracticeError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {SOURCE} WHERE consultation.id = ?1"
    ))?;
    let mut rows = statement.query([id.to_string()])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let mut consultation = record(row)?;
    consultation.answers = answers::of(connection, id)?;
    consultation.timeline = timeline(connection, id)?;
    consultation.followed_by = follower(connection, id)?;
    Ok(Some(consultation))
}

/// The latest consultation that was entered as an update of this one, or in its place.
fn follower(
    connection: &Connection,
    id: ConsultationId,
) -> Result<Option<ConsultationId>, PracticeError> {
    let found: Option<String> = connection
        .prepare_cached(
            "SELECT id FROM consultation WHERE follows = ?1 ORDER BY number DESC LIMIT 1",
        )?
        .query_row([id.to_string()], |row| row.get(0))
        .optional()?;
    found.as_deref().map(consultation_id).transpose()
}

/// The consultation whose message an acknowledgement answers. `id` is lower case and bare: the
/// header's id, or, from senders who read the standard otherwise, a bundle's.
pub(crate) fn by_answered_id(
    connection: &Connection,
    id: &str,
) -> Result<Option<ConsultationRecord>, PracticeError> {
    let found: Option<String> = connection
        .query_row(
            "SELECT id FROM consultation
             WHERE message_id = ?1 OR bundle_id = ?1 OR document_id = ?1
             ORDER BY message_id = ?1 DESC LIMIT 1",
            [id],
            |row| row.get(0),
        )
        .optional()?;
    match found {
        Some(found) => by_id(connection, consultation_id(&found)?),
        None => Ok(None),
    }
}

/// The latest consultations first, without their answers and timelines.
pub(crate) fn list(
    connection: &Connection,
    limit: u32,
) -> Result<Vec<ConsultationRecord>, PracticeError> {
    records(connection, "true", &[], limit, 0)
}

/// Consultations on one page.
const PAGE: u32 = 50;
/// Matches a search gives, at most: the latest. Whoever looks for one consultation narrows the search.
const MOST_FOUND: u32 = 1_000;

/// The condition of a query, and the words it is bound to, where it searches.
fn condition(query: &SentQuery) -> (String, Option<String>) {
    let state = match query.state {
        None => "true".to_owned(),
        // The states of a report under way: between waiting and the last acknowledgement.
        Some(SentState::UnderWay) => {
            "consultation.state IN ('placed', 'sent', 'received')".to_owned()
        }
        Some(SentState::Overdue) => "consultation.number IN (
                 SELECT number FROM consultation INDEXED BY consultation_overdue WHERE overdue)
             AND consultation.state IN ('placed', 'sent', 'received')"
            .to_owned(),
        Some(SentState::Only(state)) => format!("consultation.state = '{}'", state.as_str()),
    };
    let expression = inbox::search_expression(&query.search);
    let condition = match &expression {
        None => state,
        Some(_) => format!(
            "consultation.number IN (SELECT consultation.number FROM consultation_search
                 CROSS JOIN consultation ON consultation.number = consultation_search.rowid
                 WHERE {state} AND consultation_search MATCH ?
                 ORDER BY consultation_search.rowid DESC LIMIT {MOST_FOUND})"
        ),
    };
    (condition, expression)
}

/// The latest consultations that a query finds, whatever its page: for a file that is taken along.
pub(crate) fn first(
    connection: &Connection,
    query: &SentQuery,
    limit: u32,
) -> Result<Vec<ConsultationRecord>, PracticeError> {
    let (condition, words) = condition(query);
    records(connection, &condition, words.as_slice(), limit, 0)
}

/// One page of the sent list, the latest first.
pub(crate) fn page(connection: &Connection, query: &SentQuery) -> Result<SentPage, PracticeError> {
    let (condition, words) = condition(query);
    let total: i64 = connection
        .prepare_cached(&format!(
            "SELECT count(*) FROM consultation WHERE {condition}"
        ))?
        .query_row(params_from_iter(&words), |row| row.get(0))?;
    let total = total.unsigned_abs();
    let pages = u32::try_from(total.div_ceil(u64::from(PAGE))).unwrap_or(u32::MAX);
    let page = query.page.clamp(1, pages.max(1));
    let offset = u64::from(page - 1) * u64::from(PAGE);
    Ok(SentPage {
        consultations: records(connection, &condition, words.as_slice(), PAGE, offset)?,
        total,
        is_cut: words.is_some() && total == u64::from(MOST_FOUND),
        page,
        pages,
    })
}

fn records(
    connection: &Connection,
    condition: &str,
    words: &[String],
    limit: u32,
    offset: u64,
) -> Result<Vec<ConsultationRecord>, PracticeError> {
    // The page is found in the indexes; only its rows are read, whose contents may be large.
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {SOURCE} WHERE consultation.number IN (
             SELECT consultation.number FROM consultation WHERE {condition}
             ORDER BY consultation.number DESC LIMIT {limit} OFFSET {offset})
         ORDER BY consultation.number DESC"
    ))?;
    let mut rows = statement.query(params_from_iter(words))?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        list.push(record(row)?);
    }
    Ok(list)
}

fn timeline(
    connection: &Connection,
    id: ConsultationId,
) -> Result<Vec<TimelineEntry>, PracticeError> {
    let mut statement = connection.prepare_cached(
        "SELECT at, what, code, who FROM timeline WHERE consultation = ?1 ORDER BY id",
    )?;
    let mut rows = statement.query([id.to_string()])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(TimelineEntry {
            at: time(row.get(0)?)?,
            what: row.get(1)?,
            code: row.get(2)?,
            who: row.get(3)?,
        });
    }
    Ok(entries)
}

fn record(row: &Row<'_>) -> Result<ConsultationRecord, PracticeError> {
    let failure = match row.get::<_, Option<String>>(13)? {
        Some(code) => Some(Failure {
            code,
            reason: row.get(14)?,
            advice: row.get(15)?,
        }),
        None => None,
    };
    Ok(ConsultationRecord {
        id: consultation_id(&row.get::<_, String>(0)?)?,
        state: ConsultationState::parse(&row.get::<_, String>(1)?).ok_or(
            PracticeError::Damaged {
                kind: "state of a consultation",
            },
        )?,
        version: row.get(2)?,
        submitted_at: time(row.get(3)?)?,
        due_at: time(row.get(4)?)?,
        placed_at: row.get::<_, Option<i64>>(5)?.map(time).transpose()?,
        subject: row.get(6)?,
        patient: row.get(7)?,
        message_id: row.get(8)?,
        transport_id: row.get(9)?,
        infrastructure: row.get(10)?,
        business: row.get(11)?,
        overdue: row.get(12)?,
        failure,
        void: row.get(16)?,
        deleted_at: row.get::<_, Option<i64>>(17)?.map(time).transpose()?,
        recipient: row.get(18)?,
        nhs_number: row.get(19)?,
        receiving_practice: row.get(20)?,
        followed_by: None,
        answers: Vec::new(),
        timeline: Vec::new(),
    })
}

pub(crate) fn consultation_id(text: &str) -> Result<ConsultationId, PracticeError> {
    ConsultationId::parse(text).ok_or(PracticeError::Damaged {
        kind: "id of a consultation",
    })
}
