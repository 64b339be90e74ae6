//! The form of the audit trail: who did what to which message, mailbox or workflow, when. A line
//! holds ids and codes, never content, and its hash covers the line before, so that no line can be
//! changed, taken out or put in without every later hash telling.

mod check;
mod entry;
mod head;
mod line;

pub use check::AuditCheck;
pub(crate) use check::{Check, Stored};
pub(crate) use entry::AuditEntry;
pub(crate) use head::SHORTENED;
pub use head::{AuditHead, hash_text, parse_hash};
pub use line::AuditHash;
pub(crate) use line::{Line, before_the_first};
