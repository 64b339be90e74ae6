//! What a transaction gathers until its end.

use crate::audit::AuditEntry;
use crate::backend::usage::UsageChanges;

#[derive(Default)]
pub(super) struct Gathered {
    /// Object keys no record names any more.
    pub(super) released: Vec<String>,
    /// What mailboxes' messages take more, or less.
    pub(super) usage: UsageChanges,
    /// Lines of the audit trail.
    pub(super) audit: Vec<AuditEntry>,
}
