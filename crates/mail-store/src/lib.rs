//! Where messages rest, durably: records in SQLite, bodies inline or as files, behind one boundary.
//!
//! Everything that changes goes through [`Store::commit`]: a [`Job`] is a few [`Op`]s that stand or
//! fall together, a writer thread turns whatever jobs are waiting into one transaction with one
//! sync, and each job learns the [`Outcome`] of its own operations only after that sync. Rows of
//! messages are never changed; what happens to a message is told by rows added to or taken from
//! small tables beside it. The list of what waits in each mailbox is kept in memory and rebuilt at
//! start.
//!
//! Nothing here knows who may do what, or when: that is the exchange's work.

mod audit;
mod bodies;
mod committer;
mod error;
mod inbox;
mod layout;
mod message;
mod operation;
mod permissions;
mod sqlite;
mod staged;
mod store;
mod tokens;

pub use audit::{AuditCheck, AuditEntry, AuditHash, AuditHead};
pub use bodies::{Body, BodySink, BodyStream};
pub use error::StoreError;
pub use inbox::{InboxEntry, InboxSlice};
pub use message::{
    Details, Failure, Kind, Message, MessageState, NewMessage, OrderKey, Place, QueuedJob,
    RoutingJob, Sealed, SealedAddress, Waiting,
};
pub use operation::{Job, Op, Outcome, TokenDigest};
pub use sqlite::audit::{audit_lines, shorten_audit, verify_audit};
pub use sqlite::backup::{Backup, back_up};
pub use sqlite::directory::{Directory, DirectoryRecords, MailboxRecord, Right, RightRecord};
pub use sqlite::quarantine::{Quarantined, quarantined};
pub use store::{ListFrom, Store};
