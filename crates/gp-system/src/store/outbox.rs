//! Pairs that go, or went, to OUT.

use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::time;
use crate::{
    AnswerProgress, ConsultationId, ConsultationState, PlacedAnswer, PracticeError, TaskId,
};

/// How far a pair has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutboxState {
    /// Decided, and under `sent/` only.
    Pending,
    /// Its control file may stand in OUT under its hidden name.
    Placing,
    /// In OUT, or taken from there by the MESH client.
    Placed,
    /// The exchange took it.
    Sent,
    /// It did not get through.
    Failed,
}

impl OutboxState {
    const ALL: [Self; 5] = [
        Self::Pending,
        Self::Placing,
        Self::Placed,
        Self::Sent,
        Self::Failed,
    ];

    /// The word stored in the record.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Placing => "placing",
            Self::Placed => "placed",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

impl ToSql for OutboxState {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_str().to_sql()
    }
}

impl FromSql for OutboxState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        let state = Self::ALL.into_iter().find(|state| state.as_str() == text);
        state.ok_or(FromSqlError::InvalidType)
    }
}

/// A pair under `sent/` that goes, or went, to OUT.
pub(crate) struct Outgoing {
    pub(crate) id: i64,
    pub(crate) base_name: String,
    pub(crate) state: OutboxState,
    /// The consultation it carries; none for an acknowledgement.
    pub(crate) consultation: Option<ConsultationId>,
    /// The response code it carries; none for a consultation.
    pub(crate) code: Option<u32>,
}

const COLUMNS: &str = "id, base_name, state, consultation, code";

fn outgoing(row: &Row<'_>) -> rusqlite::Result<Outgoing> {
    Ok(Outgoing {
        id: row.get(0)?,
        base_name: row.get(1)?,
        state: row.get(2)?,
        consultation: row
            .get::<_, Option<String>>(3)?
            .and_then(|id| ConsultationId::parse(&id)),
        code: row.get(4)?,
    })
}

pub(crate) fn add_consultation(
    connection: &Connection,
    base_name: &str,
    consultation: ConsultationId,
) -> Result<(), PracticeError> {
    connection.execute(
        "INSERT INTO outbox (base_name, state, consultation) VALUES (?1, ?2, ?3)",
        params![base_name, OutboxState::Pending, consultation.to_string()],
    )?;
    Ok(())
}

pub(crate) fn add_answer(
    connection: &Connection,
    base_name: &str,
    answers: &str,
    code: u32,
) -> Result<(), PracticeError> {
    connection.execute(
        "INSERT INTO outbox (base_name, state, answers, code) VALUES (?1, ?2, ?3, ?4)",
        params![base_name, OutboxState::Pending, answers, code],
    )?;
    Ok(())
}

/// The name in `sent/` of the message of a consultation; none before it is built.
pub(crate) fn base_of(
    connection: &Connection,
    consultation: ConsultationId,
) -> Result<Option<String>, PracticeError> {
    Ok(connection
        .prepare_cached(
            "SELECT base_name FROM outbox WHERE consultation = ?1 ORDER BY id DESC LIMIT 1",
        )?
        .query_row([consultation.to_string()], |row| row.get(0))
        .optional()?)
}

/// What is still to be placed, in the order it was decided.
pub(crate) fn unplaced(connection: &Connection) -> Result<Vec<Outgoing>, PracticeError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM outbox WHERE state IN (?1, ?2) ORDER BY id"
    ))?;
    Ok(statement
        .query_map([OutboxState::Pending, OutboxState::Placing], outgoing)?
        .collect::<Result<_, _>>()?)
}

/// What is placed and not yet known to have left the MESH client, the latest 500: a client that
/// keeps no SENT directory never tells.
pub(crate) fn unsent(connection: &Connection) -> Result<Vec<Outgoing>, PracticeError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM outbox WHERE state = ?1 ORDER BY id DESC LIMIT 500"
    ))?;
    Ok(statement
        .query_map([OutboxState::Placed], outgoing)?
        .collect::<Result<_, _>>()?)
}

/// Moves a pair on; the first time of each step stays.
pub(crate) fn set_state(
    connection: &Connection,
    id: i64,
    state: OutboxState,
    at: Timestamp,
) -> Result<(), PracticeError> {
    let statement = match state {
        OutboxState::Pending | OutboxState::Placing => {
            "UPDATE outbox SET state = ?2 WHERE id = ?1 AND ?3 IS NOT NULL"
        }
        OutboxState::Placed => {
            "UPDATE outbox SET state = ?2, handed_at = coalesce(handed_at, ?3) WHERE id = ?1"
        }
        OutboxState::Sent | OutboxState::Failed => {
            "UPDATE outbox SET state = ?2, left_at = coalesce(left_at, ?3) WHERE id = ?1"
        }
    };
    connection
        .prepare_cached(statement)?
        .execute(params![id, state, at.as_millisecond()])?;
    Ok(())
}

/// The answers to the message that raised a task, in their order.
pub(crate) fn answers_of_task(
    connection: &Connection,
    task: TaskId,
) -> Result<Vec<PlacedAnswer>, PracticeError> {
    let mut statement = connection.prepare_cached(
        "SELECT code, state, handed_at, left_at FROM outbox
         WHERE answers IN (SELECT key FROM received WHERE task = ?1) AND code IS NOT NULL
         ORDER BY id",
    )?;
    let mut rows = statement.query([task.to_string()])?;
    let mut answers = Vec::new();
    while let Some(row) = rows.next()? {
        let state: OutboxState = row.get(1)?;
        answers.push(PlacedAnswer {
            code: row.get(0)?,
            placed_at: row.get::<_, Option<i64>>(2)?.map(time).transpose()?,
            left_at: row.get::<_, Option<i64>>(3)?.map(time).transpose()?,
            progress: match state {
                OutboxState::Pending | OutboxState::Placing => AnswerProgress::Decided,
                OutboxState::Placed => AnswerProgress::Placed,
                OutboxState::Sent => AnswerProgress::Left,
                OutboxState::Failed => AnswerProgress::Failed,
            },
        });
    }
    Ok(answers)
}

pub(crate) fn set_transport_id(
    connection: &Connection,
    id: i64,
    transport_id: &str,
) -> Result<(), PracticeError> {
    connection.execute(
        "UPDATE outbox SET transport_id = ?2 WHERE id = ?1",
        params![id, transport_id],
    )?;
    Ok(())
}

/// The pair the exchange gave one of these ids.
pub(crate) fn by_transport(
    connection: &Connection,
    ids: &[&str],
) -> Result<Option<Outgoing>, PracticeError> {
    for id in ids {
        let found = connection
            .query_row(
                &format!("SELECT {COLUMNS} FROM outbox WHERE transport_id = ?1 COLLATE NOCASE"),
                [id],
                outgoing,
            )
            .optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The pair whose name begins the name of a report the client made of it
/// (`<name>_<event>_<time>`).
pub(crate) fn by_report_name(
    connection: &Connection,
    report: &str,
) -> Result<Option<Outgoing>, PracticeError> {
    Ok(connection
        .query_row(
            &format!(
                "SELECT {COLUMNS} FROM outbox
                 WHERE ?1 = base_name OR substr(?1, 1, length(base_name) + 1) = base_name || '_'
                 ORDER BY length(base_name) DESC LIMIT 1"
            ),
            [report],
            outgoing,
        )
        .optional()?)
}

/// The latest consultation under way with this subject: the last resort for a report that names no
/// message.
pub(crate) fn by_subject(
    connection: &Connection,
    subject: &str,
) -> Result<Option<Outgoing>, PracticeError> {
    Ok(connection
        .query_row(
            "SELECT outbox.id, base_name, outbox.state, consultation, code
             FROM outbox JOIN consultation ON consultation.id = outbox.consultation
             WHERE consultation.subject = ?1 AND consultation.state IN (?2, ?3)
             ORDER BY outbox.id DESC LIMIT 1",
            params![
                subject,
                ConsultationState::Placed.as_str(),
                ConsultationState::Sent.as_str()
            ],
            outgoing,
        )
        .optional()?)
}
