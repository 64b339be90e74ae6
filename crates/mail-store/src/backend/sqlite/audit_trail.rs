//! The audit trail, page by page.

use async_trait::async_trait;
use rusqlite::params;

use super::records::SqliteRecords;
use super::row::audit_line;
use crate::StoreError;
use crate::contract::{AuditLine, AuditTrail};

#[async_trait]
impl AuditTrail for SqliteRecords {
    async fn audit_page(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditLine>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT number, at, actor, action, subject, detail FROM audit WHERE number < ?
                 ORDER BY number DESC LIMIT ?",
            )?;
            let mut rows = statement.query(params![before.unwrap_or(i64::MAX), limit])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(audit_line(row)?);
            }
            Ok(found)
        })
        .await
    }
}
