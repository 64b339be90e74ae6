//! Where messages rest, durably: records in SQLite and large bodies in files for one server, or
//! records in PostgreSQL and large bodies in S3 for any number of servers.
//!
//! [`contract`] says what a store promises, to whoever uses it and to whoever writes a backend:
//! operations, reads, their units and limits, and what is durable when they return. A [`Store`] adds
//! the way there: whatever jobs wait for its one writer become one transaction with one sync.
//! `tests/mail-store/contract` holds each backend to the contract, beside a model in memory that only
//! tests and measurements build (feature `model`).
//!
//! Nothing here knows who may do what, or when: that is the exchange's work.

mod arrivals;
mod audit;
mod backend;
mod backup;
mod bodies;
mod committer;
pub mod contract;
mod error;
mod layout;
#[cfg(feature = "measuring")]
mod measuring;
#[cfg(feature = "model")]
mod model;
mod operate;
mod options;
mod service;
mod spare;
mod store;
mod sweep;
mod unanswered;
mod watch;

pub use arrivals::{Arrivals, Subscription};
pub use audit::{AuditCheck, AuditHash, AuditHead, hash_text, parse_hash};
pub use backend::postgres::PostgresOptions;
pub use backup::Backup;
pub use bodies::{BodySink, BodyStream, INLINE_LIMIT, S3Options};
pub use contract::{
    Amount, AuditFilter, AuditLine, Body, Details, Directory, DirectoryRecords, FailedAs, Failure,
    Found, HashedLine, History, InboxSlice, Job, Kind, ListFrom, MailboxRecord, MailboxSummary,
    Message, MessageFilter, MessageState, NewMessage, NewStep, Op, OrderKey, Outcome, Place, Purge,
    PurgeOrder, Quarantined, QueuedJob, Resealed, ResealedCount, Right, RightRecord, Routed,
    RoutingBacklog, RoutingJob, RoutingSummary, Sealed, SealedAddress, Span, Standing, StoredStep,
    Tallied, Tally, TokenDigest, UploadSummary, Usage, Waiting, WaitingAddress, WaitingAddresses,
};
pub use error::StoreError;
pub use options::StoreOptions;
pub use store::{DiskRoom, Store, Trouble};
pub use watch::Part;
