//! Consultations on their way: their content, their state, what is noted of them.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::sent::consultation_id;
use super::time;
use crate::{AnswerClass, ConsultationId, ConsultationState, Failure, PracticeError};

/// A consultation to be stored.
pub(crate) struct NewConsultation<'a> {
    pub(crate) id: ConsultationId,
    pub(crate) body: &'a str,
    pub(crate) patient: &'a str,
    pub(crate) nhs_number: &'a str,
    pub(crate) receiving_practice: &'a str,
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
             due_at, follows, nhs_number, receiving_practice, number)
         VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, ?7, ?8, ?9, ?10,
             (SELECT coalesce(max(number), 0) + 1 FROM consultation))",
        params![
            consultation.id.to_string(),
            consultation.body,
            consultation.patient,
            consultation.version,
            consultation.replaces.map(|id| id.to_string()),
            consultation.submitted_at.as_millisecond(),
            consultation.due_at.as_millisecond(),
            consultation.follows.map(|id| id.to_string()),
            consultation.nhs_number,
            consultation.receiving_practice,
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
        "UPDATE consultation SET body = ?2, patient = ?3, due_at = ?4, nhs_number = ?5,
             receiving_practice = ?6
         WHERE id = ?1 AND state = 'waiting' AND message_id IS NULL",
        params![
            consultation.id.to_string(),
            consultation.body,
            consultation.patient,
            consultation.due_at.as_millisecond(),
            consultation.nhs_number,
            consultation.receiving_practice,
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
