//! Consultations entered and not sent yet. A draft belongs to whoever entered it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::time;
use crate::{ConsultationId, DraftId, DraftLine, PracticeError};

/// A stored draft.
pub(crate) struct StoredDraft {
    /// The consultation as it was last checked, in its JSON form.
    pub(crate) body: Option<String>,
    /// What was typed since, in its JSON form.
    pub(crate) form: Option<String>,
    /// The patient as lists name them.
    pub(crate) patient: String,
    pub(crate) updates: Option<ConsultationId>,
    /// None in drafts of release 0.1, and in those that were never checked.
    pub(crate) report: Option<Report>,
    /// How often it was kept until it was read; 0 of one that is not kept yet.
    pub(crate) revision: u32,
}

/// The report of a draft as it was looked at.
pub(crate) struct Report {
    /// The version it was built as.
    pub(crate) version: u32,
    pub(crate) pdf: Vec<u8>,
}

/// Stores a new draft; returns its revision.
pub(crate) fn add(
    connection: &Connection,
    id: DraftId,
    owner: Option<&str>,
    made_at: Timestamp,
    draft: &StoredDraft,
) -> Result<u32, PracticeError> {
    let insert = "INSERT INTO draft
         (id, owner, made_at, body, form, patient, updates, report, report_version, revision)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 + 1) RETURNING revision";
    Ok(write(connection, insert, (id, owner, made_at), draft)?)
}

/// Replaces what an owner's draft holds, where nobody kept it since it was read. Returns its revision; none where
/// it could not.
pub(crate) fn replace(
    connection: &Connection,
    id: DraftId,
    owner: Option<&str>,
    made_at: Timestamp,
    draft: &StoredDraft,
) -> Result<Option<u32>, PracticeError> {
    let update = "UPDATE draft SET made_at = ?3, body = ?4, form = ?5, patient = ?6, updates = ?7, report = ?8,
             report_version = ?9, revision = ?10 + 1
         WHERE id = ?1 AND owner IS ?2 AND revision = ?10 RETURNING revision";
    Ok(write(connection, update, (id, owner, made_at), draft).optional()?)
}

fn write(
    connection: &Connection,
    sql: &str,
    (id, owner, made_at): (DraftId, Option<&str>, Timestamp),
    draft: &StoredDraft,
) -> rusqlite::Result<u32> {
    let values = params![
        id.to_string(),
        owner,
        made_at.as_millisecond(),
        draft.body,
        draft.form,
        draft.patient,
        draft.updates.map(|id| id.to_string()),
        draft.report.as_ref().map(|report| &report.pdf),
        draft.report.as_ref().map(|report| report.version),
        draft.revision,
    ];
    connection.query_row(sql, values, |row| row.get(0))
}

/// Keeps what was typed into an owner's draft since it was checked, where nobody kept it since it was read. Returns
/// its revision; none where it could not.
pub(crate) fn set_form(
    connection: &Connection,
    id: DraftId,
    owner: Option<&str>,
    made_at: Timestamp,
    (form, patient, revision): (&str, &str, u32),
) -> Result<Option<u32>, PracticeError> {
    let update = "UPDATE draft SET form = ?3, patient = ?4, made_at = ?5, revision = revision + 1
         WHERE id = ?1 AND owner IS ?2 AND revision = ?6 RETURNING revision";
    let values = params![
        id.to_string(),
        owner,
        form,
        patient,
        made_at.as_millisecond(),
        revision
    ];
    Ok(connection
        .query_row(update, values, |row| row.get(0))
        .optional()?)
}

/// Replaces the report of an owner's draft, where nobody kept the draft since it was read.
pub(crate) fn set_report(
    connection: &Connection,
    id: DraftId,
    owner: Option<&str>,
    (report, revision): (&Report, u32),
) -> Result<(), PracticeError> {
    connection.execute(
        "UPDATE draft SET report = ?3, report_version = ?4
         WHERE id = ?1 AND owner IS ?2 AND revision = ?5",
        params![id.to_string(), owner, report.pdf, report.version, revision],
    )?;
    Ok(())
}

/// An owner's draft, where it was kept since `limit`.
pub(crate) fn by_id(
    connection: &Connection,
    id: DraftId,
    owner: Option<&str>,
    limit: Timestamp,
) -> Result<Option<StoredDraft>, PracticeError> {
    Ok(connection
        .query_row(
            "SELECT body, form, updates, report, report_version, patient, revision FROM draft
             WHERE id = ?1 AND owner IS ?2 AND made_at >= ?3",
            params![id.to_string(), owner, limit.as_millisecond()],
            |row| {
                Ok(StoredDraft {
                    body: row.get(0)?,
                    form: row.get(1)?,
                    updates: row
                        .get::<_, Option<String>>(2)?
                        .and_then(|id| ConsultationId::parse(&id)),
                    report: match (row.get(3)?, row.get(4)?) {
                        (Some(pdf), Some(version)) => Some(Report { version, pdf }),
                        _ => None,
                    },
                    patient: row.get(5)?,
                    revision: row.get(6)?,
                })
            },
        )
        .optional()?)
}

/// An owner's drafts that were kept since `limit`, the one kept last first, `most` of them.
pub(crate) fn of(
    connection: &Connection,
    owner: Option<&str>,
    limit: Timestamp,
    most: u32,
) -> Result<Vec<DraftLine>, PracticeError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, made_at, patient, form IS NULL FROM draft
         WHERE owner IS ?1 AND made_at >= ?2 ORDER BY made_at DESC, id LIMIT ?3",
    )?;
    let mut rows = statement.query(params![owner, limit.as_millisecond(), most])?;
    let mut drafts = Vec::new();
    while let Some(row) = rows.next()? {
        drafts.push(DraftLine {
            id: id(&row.get::<_, String>(0)?)?,
            kept_at: time(row.get(1)?)?,
            patient: row.get(2)?,
            is_checked: row.get(3)?,
        });
    }
    Ok(drafts)
}

fn id(text: &str) -> Result<DraftId, PracticeError> {
    DraftId::parse(text).ok_or(PracticeError::Damaged { kind: "draft" })
}

/// How many drafts an owner has.
pub(crate) fn count(connection: &Connection, owner: Option<&str>) -> Result<u32, PracticeError> {
    Ok(connection
        .prepare_cached("SELECT count(*) FROM draft WHERE owner IS ?1")?
        .query_row([owner], |row| row.get(0))?)
}

/// When an owner's latest draft was kept.
pub(crate) fn kept_last(
    connection: &Connection,
    owner: Option<&str>,
) -> Result<Option<Timestamp>, PracticeError> {
    let latest: Option<i64> = connection
        .prepare_cached("SELECT max(made_at) FROM draft WHERE owner IS ?1")?
        .query_row([owner], |row| row.get(0))?;
    latest.map(time).transpose()
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

/// Removes the drafts nobody touched since `limit`; tells whether there were any.
pub(crate) fn remove_before(
    connection: &Connection,
    limit: Timestamp,
) -> Result<bool, PracticeError> {
    let removed = connection.execute(
        "DELETE FROM draft WHERE made_at < ?1",
        [limit.as_millisecond()],
    )?;
    Ok(removed > 0)
}
