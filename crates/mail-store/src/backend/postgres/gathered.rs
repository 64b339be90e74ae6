//! What a transaction gathers until its end.

use nhs::MailboxId;

use crate::audit::AuditEntry;
use crate::backend::usage::UsageChanges;

#[derive(Default)]
pub(super) struct Gathered {
    /// Object keys no record names any more.
    pub(super) released: Vec<String>,
    /// Whose inboxes messages came into.
    pub(super) arrived: Vec<MailboxId>,
    /// What mailboxes' messages take more, or less.
    pub(super) usage: UsageChanges,
    /// Lines of the audit trail.
    pub(super) audit: Vec<AuditEntry>,
}
