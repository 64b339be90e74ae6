//! The audit trail, page by page.

use async_trait::async_trait;

use super::operate::{BEGINNING, beginning};
use super::records::PostgresRecords;
use super::row::{AUDIT_LINES, audit_line};
use crate::StoreError;
use crate::audit::{AuditHead, SHORTENED};
use crate::backend::row::RowReader;
use crate::contract::{AuditLine, AuditTrail, HashedLine};

#[async_trait]
impl AuditTrail for PostgresRecords {
    async fn audit_page(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditLine>, StoreError> {
        let sql = format!("{AUDIT_LINES} WHERE number < $1 ORDER BY number DESC LIMIT $2");
        let before = before.unwrap_or(i64::MAX);
        let rows = self.rows(&sql, &[&before, &i64::from(limit)]).await?;
        rows.iter().map(audit_line).collect()
    }

    async fn audit_chain(&self, after: i64, limit: u32) -> Result<Vec<HashedLine>, StoreError> {
        let sql = "SELECT number, at, actor, action, subject, detail, hash FROM audit
           WHERE number > $1 ORDER BY number LIMIT $2";
        let rows = self.rows(sql, &[&after, &i64::from(limit)]).await?;
        rows.iter()
            .map(|row| {
                let hash = row.bytes("hash")?.unwrap_or_default();
                Ok(HashedLine {
                    line: audit_line(row)?,
                    hash: hash.try_into().ok(),
                })
            })
            .collect()
    }

    async fn audit_ends(&self) -> Result<(AuditHead, AuditHead), StoreError> {
        let shortened = self.row(BEGINNING, &[&SHORTENED]).await?;
        let damaged = || StoreError::DamagedRecord("the head of the audit trail");
        let row = self.row("SELECT number, hash FROM audit_head", &[]).await?;
        let row = row.ok_or_else(damaged)?;
        let hash = row.bytes("hash")?.unwrap_or_default();
        let last = AuditHead {
            number: row.needed("number")?,
            hash: hash.try_into().map_err(|_| damaged())?,
        };
        Ok((beginning(shortened)?, last))
    }
}
