//! The clinicians whose consultations a user sent, as they were entered: offered again to that user.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use send_document::Practitioner;

use crate::PracticeError;

/// How many are remembered for one user: those used last.
const REMEMBERED: u32 = 20;
const DAMAGED: PracticeError = PracticeError::Damaged { kind: "clinician" };

/// Remembers a clinician as the one this user used last.
pub(crate) fn remember(
    connection: &Connection,
    owner: &str,
    clinician: &Practitioner,
    now: Timestamp,
) -> Result<(), PracticeError> {
    let body = serde_json::to_string(clinician).map_err(|_| DAMAGED)?;
    connection.execute(
        "INSERT INTO clinician (owner, sds_user_id, used_at, body) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (owner, sds_user_id) DO UPDATE SET used_at = excluded.used_at, body = excluded.body",
        params![owner, clinician.sds_user_id, now.as_millisecond(), body],
    )?;
    connection.execute(
        "DELETE FROM clinician WHERE owner = ?1 AND sds_user_id NOT IN
             (SELECT sds_user_id FROM clinician WHERE owner = ?1 ORDER BY used_at DESC, sds_user_id LIMIT ?2)",
        params![owner, REMEMBERED],
    )?;
    Ok(())
}

/// Those remembered for a user, the one used last first.
pub(crate) fn of(connection: &Connection, owner: &str) -> Result<Vec<Practitioner>, PracticeError> {
    let mut statement = connection.prepare_cached(
        "SELECT body FROM clinician WHERE owner = ?1 ORDER BY used_at DESC, sds_user_id LIMIT ?2",
    )?;
    let bodies: Vec<String> = statement
        .query_map(params![owner, REMEMBERED], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    bodies
        .iter()
        .map(|body| serde_json::from_str(body).map_err(|_| DAMAGED))
        .collect()
}

/// Forgets one of a user's; tells whether it was there.
pub(crate) fn forget(
    connection: &Connection,
    owner: &str,
    sds_user_id: &str,
) -> Result<bool, PracticeError> {
    let forgotten = connection.execute(
        "DELETE FROM clinician WHERE owner = ?1 AND sds_user_id = ?2",
        [owner, sds_user_id],
    )?;
    Ok(forgotten > 0)
}
