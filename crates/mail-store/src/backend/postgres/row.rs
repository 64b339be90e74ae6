//! Rows of a message, and of the audit trail.

use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use crate::StoreError;
use crate::backend::row::RowReader;
use crate::contract::AuditLine;

/// Every column a message needs, for conditions on `m` and the tables joined.
pub(super) const MESSAGE: &str = "
SELECT m.seq, m.id, m.kind, m.sender, coalesce(m.recipient, r.recipient) AS to_mailbox,
  coalesce(r.hidden, 0) AS hidden, m.workflow, m.sent_at, m.total_chunks, m.flags, m.local_id,
  m.subject, m.file_name, m.partner_id, m.checksum, m.content_type, m.report_code, m.report_event,
  m.report_text, m.report_linked, m.length, c.at AS completed_at, c.length AS whole_length,
  u.seq AS uploading, a.at AS acknowledged_at, f.state, f.at AS failed_at, f.code, f.event,
  f.description, f.linked
FROM message m LEFT JOIN routed r ON r.seq = m.seq LEFT JOIN completed c ON c.seq = m.seq
  LEFT JOIN uploading u ON u.seq = m.seq LEFT JOIN acknowledged a ON a.seq = m.seq
  LEFT JOIN failed f ON f.seq = m.seq ";

pub(super) const AUDIT_LINES: &str = "SELECT number, at, actor, action, subject, detail FROM audit";

/// The lines about `$1`, and of reports about it.
pub(super) const ABOUT: &str = "WHERE number IN (SELECT number FROM audit WHERE subject = $1
  UNION SELECT number FROM audit WHERE about = $1)";

pub(super) fn audit_line(row: &Row) -> Result<AuditLine, StoreError> {
    Ok(AuditLine {
        number: row.needed("number")?,
        at: row.needed_time("at")?,
        actor: row.needed_text("actor")?,
        action: row.needed_text("action")?,
        subject: row.needed_text("subject")?,
        detail: row.needed_text("detail")?,
    })
}

impl RowReader for Row {
    fn integer(&self, column: &str) -> Result<Option<i64>, StoreError> {
        get(self, column)
    }

    fn text(&self, column: &str) -> Result<Option<String>, StoreError> {
        get(self, column)
    }

    fn bytes(&self, column: &str) -> Result<Option<Vec<u8>>, StoreError> {
        get(self, column)
    }
}

fn get<'a, T: FromSql<'a>>(row: &'a Row, column: &str) -> Result<Option<T>, StoreError> {
    row.try_get(column)
        .map_err(|_| StoreError::DamagedRecord("a column"))
}
