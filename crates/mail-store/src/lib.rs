//! Where messages rest, durably, behind one boundary: records in SQLite and large bodies in files
//! for one server, or records in PostgreSQL and large bodies in S3 for any number of servers.
//!
//! Everything that changes goes through [`Store::commit`]: a [`Job`] is a few [`Op`]s, a writer
//! turns whatever jobs are waiting into one transaction with one sync, and each job learns the
//! [`Outcome`] of its own operations only after that sync. Rows of messages are never changed; what
//! happens to a message is told by rows added to or taken from small tables beside it. In SQLite
//! the list of what waits in each mailbox is kept in memory and rebuilt at start.
//!
//! `records.rs` is the boundary; `sqlite/`, `postgres/` and `memory/` are the homes behind it, and
//! `tests/contract` says what every one of them must do.
//!
//! Nothing here knows who may do what, or when: that is the exchange's work.

mod audit;
mod backup;
mod bodies;
mod committer;
mod console;
mod directory;
mod error;
mod hashing;
mod health;
mod inbox;
mod layout;
#[cfg(feature = "measuring")]
mod measuring;
mod memory;
mod message;
mod operate;
mod operation;
mod options;
mod permissions;
mod postgres;
mod quarantined;
mod read_ahead;
mod records;
mod s3;
mod sqlite;
mod staged;
mod store;
mod stored;
mod sweep;
mod tokens;

pub use audit::{AuditCheck, AuditHash, AuditHead, AuditLine};
pub use backup::Backup;
pub use bodies::{Body, BodySink, BodyStream};
pub use console::{MailboxSummary, RoutingSummary, UploadSummary};
pub use directory::{Directory, DirectoryRecords, MailboxRecord, Right, RightRecord};
pub use error::StoreError;
pub use health::Trouble;
pub use inbox::{InboxEntry, InboxSlice};
pub use message::{
    Details, Failure, Kind, Message, MessageState, NewMessage, OrderKey, Place, QueuedJob,
    RoutingJob, Sealed, SealedAddress, Waiting,
};
pub use operation::{Job, Op, Outcome, TokenDigest};
pub use options::StoreOptions;
pub use postgres::PostgresOptions;
pub use quarantined::Quarantined;
pub use s3::S3Options;
pub use sqlite::audit::{audit_lines, shorten_audit, verify_audit};
pub use sqlite::quarantine::quarantined;
pub use store::{ListFrom, Store};
