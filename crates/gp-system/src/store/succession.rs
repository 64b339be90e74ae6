//! Which consultation may be updated by which.

use rusqlite::Connection;
use uuid::Uuid;

use super::sent::by_id;
use crate::{ConsultationId, ConsultationRecord, PracticeError};

/// What an update of a consultation builds on.
pub(crate) struct Predecessor {
    pub(crate) record: ConsultationRecord,
    pub(crate) body: String,
    /// The id of its document, once built.
    pub(crate) document: Option<Uuid>,
    /// The document it replaces itself.
    pub(crate) replaces: Option<Uuid>,
    /// Whether an update of it, or of what it updates, exists beside it that neither failed nor is
    /// void.
    pub(crate) has_successor: bool,
}

pub(crate) fn predecessor(
    connection: &Connection,
    id: ConsultationId,
) -> Result<Option<Predecessor>, PracticeError> {
    let Some(record) = by_id(connection, id)? else {
        return Ok(None);
    };
    let parse = |text: Option<String>| text.and_then(|id| Uuid::try_parse(&id).ok());
    let found = connection.query_row(
        "WITH RECURSIVE earlier (id, follows) AS (
             SELECT id, follows FROM consultation WHERE id = ?1
             UNION
             SELECT consultation.id, consultation.follows
             FROM consultation JOIN earlier ON consultation.id = earlier.follows
         ), later (id) AS (
             SELECT consultation.id FROM consultation JOIN earlier
                 ON consultation.follows = earlier.id
             UNION
             SELECT consultation.id FROM consultation JOIN later
                 ON consultation.follows = later.id
         )
         SELECT body, document_id, replaces, EXISTS (
             SELECT 1 FROM consultation AS other JOIN later ON other.id = later.id
             WHERE other.id NOT IN (SELECT id FROM earlier)
                 AND other.state NOT IN ('failed', 'withdrawn') AND other.void = 0
         )
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
