//! The audit trail, page by page.

use async_trait::async_trait;

use super::records::PostgresRecords;
use super::row::{AUDIT_LINES, audit_line};
use crate::StoreError;
use crate::contract::{AuditLine, AuditTrail};

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
}
