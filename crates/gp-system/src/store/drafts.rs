//! Consultations entered and not sent yet. A draft belongs to whoever entered it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::{ConsultationId, DraftId, PracticeError};

/// A stored draft.
pub(crate) struct StoredDraft {
    pub(crate) body: String,
    pub(crate) updates: Option<ConsultationId>,
}

/// Stores a draft, or replaces what an owner's draft holds; tells whether it could.
pub(crate) fn save(
    connection: &Connection,
    id: DraftId,
    owner: Option<&str>,
    made_at: Timestamp,
    draft: &StoredDraft,
) -> Result<bool, PracticeError> {
    let changed = connection.execute(
        "INSERT INTO draft (id, owner, made_at, body, updates) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET body = excluded.body, made_at = excluded.made_at
         WHERE draft.owner IS excluded.owner",
        params![
            id.to_string(),
            owner,
            made_at.as_millisecond(),
            draft.body,
            draft.updates.map(|id| id.to_string()),
        ],
    )?;
    Ok(changed > 0)
}

pub(crate) fn one(
    connection: &Connection,
    id: DraftId,
    owner: Option<&str>,
) -> Result<Option<StoredDraft>, PracticeError> {
    Ok(connection
        .query_row(
            "SELECT body, updates FROM draft WHERE id = ?1 AND owner IS ?2",
            params![id.to_string(), owner],
            |row| {
                Ok(StoredDraft {
                    body: row.get(0)?,
                    updates: row
                        .get::<_, Option<String>>(1)?
                        .and_then(|id| ConsultationId::parse(&id)),
                })
            },
        )
        .optional()?)
}

/// Removes an owner's draft; tells whether it was there.
pub(crate) fn remove(
    connection: &Connection,
    id: DraftId,
    owner: Option<&str>,
) -> Result<bool, PracticeError> {
    let removed = connection.execute(
        "DELETE FROM draft WHERE id = ?1 AND owner IS ?2",
        params![id.to_string(), owner],
    )?;
    Ok(removed > 0)
}

/// Removes the drafts nobody touched since `limit`.
pub(crate) fn remove_before(
    connection: &Connection,
    limit: Timestamp,
) -> Result<(), PracticeError> {
    connection.execute(
        "DELETE FROM draft WHERE made_at < ?1",
        [limit.as_millisecond()],
    )?;
    Ok(())
}
