//! The audit trail for the operator: its check, what it says of a message, and its shortening.

use jiff::Timestamp;
use tokio_postgres::{Row, Transaction};

use super::connect::{snapshot, to_store_error};
use super::options::PostgresOptions;
use super::row::{ABOUT, AUDIT_LINES, audit_line};
use super::schema;
use super::session::Session;
use super::trail::append;
use crate::StoreError;
use crate::audit::{AuditCheck, AuditEntry, AuditHead, Check, Line, SHORTENED, Stored};
use crate::backend::row::RowReader;
use crate::contract::AuditLine;

/// How many lines are in memory at once.
const STEP: i64 = 5_000;

/// Held while a trail is shortened, which two operators may not do at once.
const SHORTENING: &str = "SELECT pg_advisory_xact_lock(7237970109966541414)";

pub(super) const BEGINNING: &str = "
SELECT subject, detail FROM audit WHERE action = $1 AND actor = 'operator'
ORDER BY number DESC LIMIT 1";

/// In one snapshot: servers go on meanwhile.
pub(crate) async fn verify_audit(
    options: &PostgresOptions,
    noted: Option<AuditHead>,
) -> Result<AuditCheck, StoreError> {
    let mut client = schema::open_existing(options).await?;
    let snapshot = snapshot(&mut client).await?;
    let shortened = snapshot.query_opt(BEGINNING, &[&SHORTENED]).await;
    let mut check = Check::new(beginning(shortened.map_err(to_store_error)?)?, noted);
    while check_step(&snapshot, &mut check).await? {}
    let sql = "SELECT number, hash, EXISTS (SELECT 1 FROM message) AS is_used FROM audit_head";
    let head = snapshot.query_opt(sql, &[]).await.map_err(to_store_error)?;
    let Some(head) = head else {
        return Ok(check.end(true));
    };
    let needed = head.try_get("is_used").map_err(to_store_error)?;
    check.ends_at(
        head.needed("number")?,
        &head.bytes("hash")?.unwrap_or_default(),
    );
    Ok(check.end(needed))
}

/// Checks the next lines. False at the trail's end, or at the first line that disagrees.
async fn check_step(snapshot: &Transaction<'_>, check: &mut Check) -> Result<bool, StoreError> {
    let sql = "SELECT number, at, actor, action, subject, detail, hash FROM audit
       WHERE number > $1 ORDER BY number LIMIT $2";
    let rows = snapshot.query(sql, &[&check.last(), &STEP]).await;
    let rows = rows.map_err(to_store_error)?;
    for row in &rows {
        let number = row.needed("number")?;
        let line = stored(row, number);
        if !check.see(&Stored { number, line }) {
            return Ok(false);
        }
    }
    Ok(!rows.is_empty())
}

fn stored(row: &Row, number: i64) -> Option<(Line<'_>, &[u8])> {
    let text = |column| row.try_get::<_, &str>(column).ok();
    let line = Line {
        number,
        at: row.try_get("at").ok()?,
        actor: text("actor")?,
        action: text("action")?,
        subject: text("subject")?,
        detail: text("detail")?,
    };
    Some((line, row.try_get("hash").ok()?))
}

pub(super) fn beginning(shortened: Option<Row>) -> Result<AuditHead, StoreError> {
    let Some(row) = shortened else {
        return Ok(AuditHead::beginning(None));
    };
    let texts = (row.needed_text("subject")?, row.needed_text("detail")?);
    Ok(AuditHead::beginning(Some(texts)))
}

/// By the trail's indexes.
pub(crate) async fn audit_lines(
    options: &PostgresOptions,
    subject: &str,
) -> Result<Vec<AuditLine>, StoreError> {
    let client = schema::open_existing(options).await?;
    let sql = format!("{AUDIT_LINES} {ABOUT} ORDER BY number");
    let rows = client
        .query(&sql, &[&subject])
        .await
        .map_err(to_store_error)?;
    rows.iter().map(audit_line).collect()
}

/// The lines after a number, oldest first, `limit` at most. Whoever adds one holds the trail's head: numbers appear in
/// their order.
pub(crate) async fn audit_after(
    options: &PostgresOptions,
    number: i64,
    limit: u32,
) -> Result<Vec<AuditLine>, StoreError> {
    let client = schema::open_existing(options).await?;
    let sql = format!("{AUDIT_LINES} WHERE number > $1 ORDER BY number LIMIT $2");
    let rows = client
        .query(&sql, &[&number, &i64::from(limit)])
        .await
        .map_err(to_store_error)?;
    rows.iter().map(audit_line).collect()
}

/// In one transaction. The lines go first: the line that says so is added last, because whoever adds
/// one holds the trail's head, and sends would wait.
pub(crate) async fn shorten_audit(
    options: &PostgresOptions,
    before: Timestamp,
    at: Timestamp,
) -> Result<u64, StoreError> {
    let mut session = Session::new(schema::open_existing(options).await?);
    session.run("BEGIN").await?;
    session.run(SHORTENING).await?;
    let shortened = session.query_opt(BEGINNING, &[&SHORTENED]).await?;
    let begins_after = beginning(shortened)?.number;
    let before = before.as_microsecond();
    let last = session
        .query_opt(LAST_FORGOTTEN, &[&begins_after, &before])
        .await?;
    let Some(last) = last else {
        return Ok(0);
    };
    let hash = last.bytes("hash")?.unwrap_or_default();
    let last = AuditHead {
        number: last.needed("number")?,
        hash: hash
            .try_into()
            .map_err(|_| StoreError::DamagedRecord("a line of the audit trail"))?,
    };
    let sql = "DELETE FROM audit WHERE number <= $1";
    let forgotten = session.execute(sql, &[&last.number]).await?;
    append(&mut session, &[AuditEntry::shortened(&last, at)]).await?;
    session.run("COMMIT").await?;
    Ok(forgotten)
}

/// The line before the first that is young enough to stay.
const LAST_FORGOTTEN: &str = "
SELECT number, hash FROM audit WHERE number > $1 AND number < coalesce(
  (SELECT number FROM audit WHERE number > $1 AND at >= $2 ORDER BY number LIMIT 1),
  9223372036854775807)
ORDER BY number DESC LIMIT 1";
