//! Consultations: their content, their state, their timelines.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use uuid::Uuid;

use super::time;
use crate::{
    AnswerClass, ConsultationId, ConsultationRecord, ConsultationState, Failure, PracticeError,
    SentPage, SentQuery, SentState, TimelineEntry,
};

/// A consultation to be stored.
pub(crate) struct NewConsultation<'a> {
    pub(crate) id: ConsultationId,
    pub(crate) body: &'a str,
    pub(crate) patient: &'a str,
    pub(crate) version: u32,
    pub(crate) replaces: Option<Uuid>,
    /// The consultation it was entered as an update of.
    pub(crate) follows: Option<ConsultationId>,
    pub(crate) submitted_at: Timestamp,
    pub(crate) due_at: Timestamp,
}

/// A stored consultation whose wait time has passed.
pub(crate) struct Due {
    pub(crate) id: ConsultationId,
    pub(crate) body: String,
    pub(crate) version: u32,
    pub(crate) replaces: Option<Uuid>,
}

/// What building the message decided.
pub(crate) struct Built<'a> {
    pub(crate) subject: &'a str,
    pub(crate) message_id: &'a str,
    pub(crate) bundle_id: &'a str,
    pub(crate) document_id: &'a str,
}

pub(crate) fn add(
    connection: &Connection,
    consultation: &NewConsultation<'_>,
) -> Result<(), PracticeError> {
    connection.execute(
        "INSERT INTO consultation (id, body, patient, version, replaces, state, submitted_at,
             due_at, follows)
         VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, ?7, ?8)",
        params![
            consultation.id.to_string(),
            consultation.body,
            consultation.patient,
            consultation.version,
            consultation.replaces.map(|id| id.to_string()),
            consultation.submitted_at.as_millisecond(),
            consultation.due_at.as_millisecond(),
            consultation.follows.map(|id| id.to_string()),
        ],
    )?;
    Ok(())
}

/// Replaces the content of a consultation that is not built yet and restarts its wait; tells
/// whether it still could.
pub(crate) fn edit(
    connection: &Connection,
    consultation: &NewConsultation<'_>,
) -> Result<bool, PracticeError> {
    let changed = connection.execute(
        "UPDATE consultation SET body = ?2, patient = ?3, due_at = ?4
         WHERE id = ?1 AND state = 'waiting' AND message_id IS NULL",
        params![
            consultation.id.to_string(),
            consultation.body,
            consultation.patient,
            consultation.due_at.as_millisecond(),
        ],
    )?;
    Ok(changed > 0)
}

pub(crate) fn due(connection: &Connection, now: Timestamp) -> Result<Vec<Due>, PracticeError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, body, version, replaces FROM consultation
         WHERE state = 'waiting' AND message_id IS NULL AND due_at <= ?1 ORDER BY due_at",
    )?;
    let mut rows = statement.query([now.as_millisecond()])?;
    let mut due = Vec::new();
    while let Some(row) = rows.next()? {
        due.push(Due {
            id: consultation_id(&row.get::<_, String>(0)?)?,
            body: row.get(1)?,
            version: row.get(2)?,
            replaces: row
                .get::<_, Option<String>>(3)?
                .and_then(|id| Uuid::try_parse(&id).ok()),
        });
    }
    Ok(due)
}

/// When the next waiting consultation is due.
pub(crate) fn next_due(connection: &Connection) -> Result<Option<Timestamp>, PracticeError> {
    let next: Option<i64> = connection.query_row(
        "SELECT min(due_at) FROM consultation WHERE state = 'waiting' AND message_id IS NULL",
        [],
        |row| row.get(0),
    )?;
    next.map(time).transpose()
}

pub(crate) fn set_built(
    connection: &Connection,
    id: ConsultationId,
    built: &Built<'_>,
) -> Result<(), PracticeError> {
    connection.execute(
        "UPDATE consultation SET subject = ?2, message_id = ?3, bundle_id = ?4, document_id = ?5
         WHERE id = ?1",
        params![
            id.to_string(),
            built.subject,
            built.message_id,
            built.bundle_id,
            built.document_id
        ],
    )?;
    Ok(())
}

/// Moves a consultation on from `from`; one that is elsewhere already stays there.
pub(crate) fn advance(
    connection: &Connection,
    id: ConsultationId,
    from: &[ConsultationState],
    to: ConsultationState,
) -> Result<bool, PracticeError> {
    let mut moved = 0;
    for state in from {
        moved += connection.execute(
            "UPDATE consultation SET state = ?3 WHERE id = ?1 AND state = ?2",
            params![id.to_string(), state.as_str(), to.as_str()],
        )?;
    }
    Ok(moved > 0)
}

pub(crate) fn set_placed_at(
    connection: &Connection,
    id: ConsultationId,
    at: Timestamp,
) -> Result<(), PracticeError> {
    connection.execute(
        "UPDATE consultation SET placed_at = ?2 WHERE id = ?1",
        params![id.to_string(), at.as_millisecond()],
    )?;
    Ok(())
}

/// The mailbox that got the report, once one has answered.
pub(crate) fn recipient(
    connection: &Connection,
    id: ConsultationId,
) -> Result<Option<String>, PracticeError> {
    Ok(connection.query_row(
        "SELECT recipient FROM consultation WHERE id = ?1",
        [id.to_string()],
        |row| row.get(0),
    )?)
}

/// Writes down which mailbox got the report; the first that was written stays.
pub(crate) fn set_recipient(
    connection: &Connection,
    id: ConsultationId,
    mailbox: &str,
) -> Result<(), PracticeError> {
    connection.execute(
        "UPDATE consultation SET recipient = ?2 WHERE id = ?1 AND recipient IS NULL",
        params![id.to_string(), mailbox],
    )?;
    Ok(())
}

pub(crate) fn set_answer(
    connection: &Connection,
    id: ConsultationId,
    class: AnswerClass,
    code: u32,
) -> Result<(), PracticeError> {
    let statement = match class {
        AnswerClass::Infrastructure => "UPDATE consultation SET infrastructure = ?2 WHERE id = ?1",
        AnswerClass::Business => "UPDATE consultation SET business = ?2 WHERE id = ?1",
    };
    connection.execute(statement, params![id.to_string(), code])?;
    Ok(())
}

/// Sets the state with or without a failure.
pub(crate) fn conclude(
    connection: &Connection,
    id: ConsultationId,
    state: ConsultationState,
    failure: Option<&Failure>,
) -> Result<(), PracticeError> {
    connection.execute(
        "UPDATE consultation SET state = ?2, failure_code = ?3, failure_reason = ?4,
             failure_advice = ?5 WHERE id = ?1",
        params![
            id.to_string(),
            state.as_str(),
            failure.map(|failure| &failure.code),
            failure.map(|failure| &failure.reason),
            failure.map(|failure| &failure.advice),
        ],
    )?;
    Ok(())
}

pub(crate) fn note(
    connection: &Connection,
    id: ConsultationId,
    at: Timestamp,
    what: &str,
    code: Option<&str>,
) -> Result<(), PracticeError> {
    connection
        .prepare_cached(
            "INSERT INTO timeline (consultation, at, what, code) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![id.to_string(), at.as_millisecond(), what, code])?;
    Ok(())
}

/// Notes what a user did; nobody, where none is signed in.
pub(crate) fn note_by(
    connection: &Connection,
    id: ConsultationId,
    at: Timestamp,
    what: &str,
    who: Option<&str>,
) -> Result<(), PracticeError> {
    connection.execute(
        "INSERT INTO timeline (consultation, at, what, who) VALUES (?1, ?2, ?3, ?4)",
        params![id.to_string(), at.as_millisecond(), what, who],
    )?;
    Ok(())
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

/// The consultations placed before `limit` that still lack an acknowledgement, not told yet.
pub(crate) fn overdue(
    connection: &Connection,
    limit: Timestamp,
) -> Result<Vec<ConsultationId>, PracticeError> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM consultation
         WHERE state IN ('placed', 'sent', 'received') AND overdue = 0 AND placed_at <= ?1",
    )?;
    let ids: Vec<String> = statement
        .query_map([limit.as_millisecond()], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    ids.iter().map(|id| consultation_id(id)).collect()
}

pub(crate) fn set_overdue(
    connection: &Connection,
    id: ConsultationId,
    overdue: bool,
) -> Result<(), PracticeError> {
    connection.execute(
        "UPDATE consultation SET overdue = ?2 WHERE id = ?1",
        params![id.to_string(), overdue],
    )?;
    Ok(())
}

const COLUMNS: &str = "consultation.id, consultation.state, version, submitted_at, due_at,
    placed_at, subject, patient, message_id, transport_id, infrastructure, business, overdue,
    failure_code, failure_reason, failure_advice, void, deleted_at";

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
    consultation.timeline = timeline(connection, id)?;
    Ok(Some(consultation))
}

/// The latest consultations first, without their timelines.
pub(crate) fn list(
    connection: &Connection,
    limit: u32,
) -> Result<Vec<ConsultationRecord>, PracticeError> {
    records(connection, "true", &[], limit, 0)
}

/// Consultations on one page.
const PAGE: u32 = 50;

/// One page of the sent list, the latest first.
pub(crate) fn page(connection: &Connection, query: &SentQuery) -> Result<SentPage, PracticeError> {
    let (condition, values): (&str, Vec<&str>) = match query.state {
        None => ("true", Vec::new()),
        // The states of a report under way: between waiting and the last acknowledgement.
        Some(SentState::UnderWay) => (
            "consultation.state IN ('placed', 'sent', 'received')",
            Vec::new(),
        ),
        Some(SentState::Only(state)) => ("consultation.state = ?1", vec![state.as_str()]),
    };
    let total: i64 = connection
        .prepare_cached(&format!(
            "SELECT count(*) FROM consultation WHERE {condition}"
        ))?
        .query_row(params_from_iter(&values), |row| row.get(0))?;
    let total = total.unsigned_abs();
    let pages = u32::try_from(total.div_ceil(u64::from(PAGE))).unwrap_or(u32::MAX);
    let page = query.page.clamp(1, pages.max(1));
    let offset = u64::from(page - 1) * u64::from(PAGE);
    Ok(SentPage {
        consultations: records(connection, condition, &values, PAGE, offset)?,
        total,
        page,
        pages,
    })
}

fn records(
    connection: &Connection,
    condition: &str,
    values: &[&str],
    limit: u32,
    offset: u64,
) -> Result<Vec<ConsultationRecord>, PracticeError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {SOURCE} WHERE {condition}
         ORDER BY submitted_at DESC, consultation.rowid DESC LIMIT {limit} OFFSET {offset}"
    ))?;
    let mut rows = statement.query(params_from_iter(values))?;
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
        timeline: Vec::new(),
    })
}

pub(crate) fn consultation_id(text: &str) -> Result<ConsultationId, PracticeError> {
    ConsultationId::parse(text).ok_or(PracticeError::Damaged {
        kind: "id of a consultation",
    })
}
