//! Who answered a report, with what, and which mailbox is known to have got it.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::time;
use crate::{ConsultationId, GivenAnswer, PracticeError};

/// Writes down an answer and the mailbox it came from.
pub(crate) fn add(
    connection: &Connection,
    consultation: ConsultationId,
    answer: &GivenAnswer,
) -> Result<(), PracticeError> {
    connection.execute(
        "INSERT INTO answer (consultation, at, mailbox, code) VALUES (?1, ?2, ?3, ?4)",
        params![
            consultation.to_string(),
            answer.at.as_millisecond(),
            answer.mailbox,
            answer.code
        ],
    )?;
    Ok(())
}

/// The answers to a report, in the order they came.
pub(crate) fn of(
    connection: &Connection,
    consultation: ConsultationId,
) -> Result<Vec<GivenAnswer>, PracticeError> {
    let mut statement = connection.prepare_cached(
        "SELECT at, mailbox, code FROM answer WHERE consultation = ?1 ORDER BY id",
    )?;
    let mut rows = statement.query([consultation.to_string()])?;
    let mut answers = Vec::new();
    while let Some(row) = rows.next()? {
        answers.push(GivenAnswer {
            at: time(row.get(0)?)?,
            mailbox: row.get(1)?,
            code: row.get(2)?,
        });
    }
    Ok(answers)
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

/// Takes back what answers decided of a consultation: it is as it was when its report was sent.
/// A failure that somebody was told of may be told again.
pub(crate) fn undecide(
    connection: &Connection,
    id: ConsultationId,
    at: Timestamp,
) -> Result<(), PracticeError> {
    let id = id.to_string();
    connection.execute(
        "UPDATE consultation SET infrastructure = NULL, business = NULL, state = 'sent',
             failure_code = NULL, failure_reason = NULL, failure_advice = NULL
         WHERE id = ?1 AND (infrastructure IS NOT NULL OR business IS NOT NULL)",
        [&id],
    )?;
    connection.execute(
        "UPDATE alert SET key = key || ':' || ?2 WHERE key = 'failed:' || ?1",
        params![id, at.as_millisecond()],
    )?;
    Ok(())
}
