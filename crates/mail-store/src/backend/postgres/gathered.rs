//! What a transaction gathers until its end.

use crate::audit::AuditEntry;

#[derive(Default)]
pub(super) struct Gathered {
    /// Object keys no record names any more.
    pub(super) released: Vec<String>,
    /// Lines of the audit trail.
    pub(super) audit: Vec<AuditEntry>,
}
