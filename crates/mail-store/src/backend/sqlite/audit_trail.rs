//! The audit trail, page by page.

use async_trait::async_trait;
use rusqlite::params;

use super::operate::beginning;
use super::records::SqliteRecords;
use super::row::audit_line;
use super::trail::head;
use crate::StoreError;
use crate::audit::AuditHead;
use crate::contract::{AuditLine, AuditTrail, HashedLine};

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

    async fn audit_chain(&self, after: i64, limit: u32) -> Result<Vec<HashedLine>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT number, at, actor, action, subject, detail, hash FROM audit
                 WHERE number > ? ORDER BY number LIMIT ?",
            )?;
            let mut rows = statement.query(params![after, limit])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let hash = row.get_ref(6)?.as_blob_or_null().ok().flatten();
                found.push(HashedLine {
                    line: audit_line(row)?,
                    hash: hash.and_then(|hash| hash.try_into().ok()),
                });
            }
            Ok(found)
        })
        .await
    }

    async fn audit_ends(&self) -> Result<(AuditHead, AuditHead), StoreError> {
        self.read(|connection| {
            let (number, hash) = head(connection)?;
            let hash = hash
                .try_into()
                .map_err(|_| StoreError::DamagedRecord("the last line of the audit trail"))?;
            Ok((beginning(connection)?, AuditHead { number, hash }))
        })
        .await
    }
}
