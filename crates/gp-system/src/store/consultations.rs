use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::time;
use crate::{
    AnswerClass, ConsultationId, ConsultationRecord, ConsultationState, Failure, PracticeError,
    TimelineEntry,
};

/// A consultation to be stored.
pub(crate) struct NewConsultation<'a> {
    pub(crate) id: ConsultationId,
    pub(crate) body: &'a str,
    pub(crate) patient: &'a str,
    pub(crate) version: u32,
    pub(crate) replaces: Option<Uuid>,
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
    pub(crate) bundle_id: Option<&'a str>,
    pub(crate) document_id: &'a str,
}

pub(crate) fn add(
    connection: &Connection,
    consultation: &NewConsultation<'_>,
) -> Result<(), PracticeError> {
    connection.execute(
        "INSERT INTO consultation (id, body, patient, version, replaces, state, submitted_at, due_at)
         VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, ?7)",
        params![
            consultation.id.to_string(),
            consultation.body,
            consultation.patient,
            consultation.version,
            consultation.replaces.map(|id| id.to_string()),
            consultation.submitted_at.as_millisecond(),
            consultation.due_at.as_millisecond(),
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
    connection.execute(
        "INSERT INTO timeline (consultation, at, what, code) VALUES (?1, ?2, ?3, ?4)",
        params![id.to_string(), at.as_millisecond(), what, code],
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
        Some(found) => one(connection, consultation_id(&found)?),
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

/// What an update of a consultation builds on.
pub(crate) struct Predecessor {
    pub(crate) record: ConsultationRecord,
    pub(crate) body: String,
    /// The id of its document, once built.
    pub(crate) document: Option<Uuid>,
    /// The document it replaces itself.
    pub(crate) replaces: Option<Uuid>,
    /// Whether an update of it exists already that did not fail.
    pub(crate) has_successor: bool,
}

pub(crate) fn predecessor(
    connection: &Connection,
    id: ConsultationId,
) -> Result<Option<Predecessor>, PracticeError> {
    let Some(record) = one(connection, id)? else {
        return Ok(None);
    };
    let parse = |text: Option<String>| text.and_then(|id| Uuid::try_parse(&id).ok());
    let found = connection.query_row(
        "SELECT body, document_id, replaces,
             EXISTS (SELECT 1 FROM consultation AS later
                     WHERE later.replaces = consultation.document_id AND later.state NOT IN ('failed', 'withdrawn'))
         FROM consultation WHERE id = ?1",
        [id.to_string()],
        |row| {
            Ok(Predecessor {
                record,
                body: row.get(0)?,
                document: parse(row.get(1)?),
                replaces: parse(row.get(2)?),
                has_successor: row.get(3)?,
            })
        },
    )?;
    Ok(Some(found))
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

pub(crate) fn one(
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
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {SOURCE} ORDER BY submitted_at DESC, consultation.rowid DESC LIMIT ?1"
    ))?;
    let mut rows = statement.query([limit])?;
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
        "SELECT at, what, code FROM timeline WHERE consultation = ?1 ORDER BY id",
    )?;
    let mut rows = statement.query([id.to_string()])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(TimelineEntry {
            at: time(row.get(0)?)?,
            what: row.get(1)?,
            code: row.get(2)?,
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
