//! Consultations entered and not sent yet. A draft belongs to whoever entered it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::{ConsultationId, DraftId, PracticeError};

/// A stored draft.
pub(crate) struct StoredDraft {
    pub(crate) body: String,
    pub(crate) updates: Option<ConsultationId>,
    /// None in drafts of release 0.1.
    pub(crate) report: Option<Report>,
}

/// The report of a draft as it was looked at.
pub(crate) struct Report {
    /// The version it was built as.
    pub(crate) version: u32,
    pub(crate) pdf: Vec<u8>,
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
        "INSERT INTO draft (id, owner, made_at, body, updates, report, report_version)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO UPDATE SET body = excluded.body, made_at = excluded.made_at,
             report = excluded.report, report_version = excluded.report_version
         WHERE draft.owner IS excluded.owner",
        params![
            id.to_string(),
            owner,
            made_at.as_millisecond(),
            draft.body,
            draft.updates.map(|id| id.to_string()),
            draft.report.as_ref().map(|report| &report.pdf),
            draft.report.as_ref().map(|report| report.version),
        ],
    )?;
    Ok(changed > 0)
}

/// Replaces the report of an owner's draft.
pub(crate) fn set_report(
    connection: &Connection,
    id: DraftId,
    owner: Option<&str>,
    report: &Report,
) -> Result<(), PracticeError> {
    connection.execute(
        "UPDATE draft SET report = ?3, report_version = ?4 WHERE id = ?1 AND owner IS ?2",
        params![id.to_string(), owner, report.pdf, report.version],
    )?;
    Ok(())
}

pub(crate) fn by_id(
    connection: &Connection,
    id: DraftId,
    owner: Option<&str>,
) -> Result<Option<StoredDraft>, PracticeError> {
    Ok(connection
        .query_row(
            "SELECT body, updates, report, report_version FROM draft WHERE id = ?1 AND owner IS ?2",
            params![id.to_string(), owner],
            |row| {
                Ok(StoredDraft {
                    body: row.get(0)?,
                    updates: row
                        .get::<_, Option<String>>(1)?
                        .and_then(|id| ConsultationId::parse(&id)),
                    report: match (row.get(2)?, row.get(3)?) {
                        (Some(pdf), Some(version)) => Some(Report { version, pdf }),
                        _ => None,
                    },
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
