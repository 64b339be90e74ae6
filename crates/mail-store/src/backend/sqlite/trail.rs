//! Lines added to the audit trail.

use nhs::MessageId;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, params};

use crate::StoreError;
use crate::audit::{AuditEntry, Line, before_the_first};

/// The end of the trail within one transaction.
#[derive(Default)]
pub(super) struct Trail {
    head: Option<(i64, Vec<u8>)>,
}

impl Trail {
    /// Appends a line. The connection must be inside a transaction that may write.
    pub(super) fn append(
        &mut self,
        connection: &Connection,
        entry: &AuditEntry,
    ) -> Result<(), StoreError> {
        let (last, previous) = match self.head.take() {
            Some(head) => head,
            None => head(connection)?,
        };
        let line = Line {
            number: last + 1,
            at: entry.at.as_microsecond(),
            actor: &entry.actor,
            action: entry.action,
            subject: &entry.subject,
            detail: &entry.detail,
        };
        let hash = line.hash(&previous);
        connection
            .prepare_cached(
                "INSERT INTO audit (number, at, actor, action, subject, detail, about, hash)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                line.number,
                line.at,
                line.actor,
                line.action,
                line.subject,
                line.detail,
                entry.about,
                hash
            ])?;
        self.head = Some((line.number, hash.to_vec()));
        Ok(())
    }
}

/// Number and hash of the last line. Whatever bytes stand in the place of a hash are chained: a
/// trail somebody tampered with is told by its check, and does not stop the mail.
pub(super) fn head(connection: &Connection) -> Result<(i64, Vec<u8>), StoreError> {
    let found = connection
        .prepare_cached("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| {
            Ok((
                row.get(0)?,
                row.get_ref(1)?.as_bytes_or_null()?.map(<[u8]>::to_vec),
            ))
        })
        .optional()?;
    Ok(match found {
        Some((number, hash)) => (number, hash.unwrap_or_default()),
        None => (0, before_the_first().to_vec()),
    })
}

/// How the trail names a message: by its id, or by its place when the id is damaged.
pub(super) fn subject(seq: i64, id: ValueRef<'_>) -> String {
    match id.as_str().map(MessageId::parse) {
        Ok(Ok(id)) => id.to_string(),
        _ => format!("seq:{seq}"),
    }
}
