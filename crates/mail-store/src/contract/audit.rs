//! The audit trail as the operator reads it beside a running server.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::StoreError;

/// A line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// 1, 2, 3 …
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// A mailbox, `exchange` or `operator`; `sandbox` in stores of 0.1.
    pub actor: String,
    /// What was done, in a word or two.
    pub action: String,
    /// To which message, mailbox, workflow or certificate.
    pub subject: String,
    /// `key=value` pairs: ids and codes.
    pub detail: String,
}

/// The trail as a whole; the lines about one subject are in [`Lists`](super::Lists).
#[async_trait]
pub trait AuditTrail {
    /// At most `limit` lines before a line's number, or before the end, newest first.
    async fn audit_page(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditLine>, StoreError>;
}
