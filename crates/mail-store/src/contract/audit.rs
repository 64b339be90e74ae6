//! The audit trail as the operator reads it beside a running server.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::StoreError;
use crate::audit::{AuditHash, AuditHead, Line};

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

impl AuditLine {
    /// The line's hash, which covers that of the line before.
    pub fn hash(&self, previous: &[u8]) -> AuditHash {
        let line = Line {
            number: self.number,
            at: self.at.as_microsecond(),
            actor: &self.actor,
            action: &self.action,
            subject: &self.subject,
            detail: &self.detail,
        };
        line.hash(previous)
    }
}

/// A line and the hash that stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashedLine {
    /// The line.
    pub line: AuditLine,
    /// As it is stored; `None` when what stands there is no hash.
    pub hash: Option<AuditHash>,
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

    /// At most `limit` lines after a line's number with their hashes, oldest first.
    async fn audit_chain(&self, after: i64, limit: u32) -> Result<Vec<HashedLine>, StoreError>;

    /// Where the trail begins (before its first line, or after the last that was forgotten) and its last line.
    async fn audit_ends(&self) -> Result<(AuditHead, AuditHead), StoreError>;
}
