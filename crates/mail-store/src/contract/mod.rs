//! What a store promises, whichever backend keeps it.
//!
//! **Changes** are [`Op`]s, handed in as [`Job`]s through [`Store::commit`](crate::Store::commit),
//! [`Store::commit_all`](crate::Store::commit_all) and [`Store::submit`](crate::Store::submit). When
//! the first two return, every outcome that [is done](Outcome::is_done) survives a power cut at any
//! instant, and every read that begins afterwards sees it. On an error nothing of the job was kept,
//! but for [`StoreError::Uncertain`](crate::StoreError::Uncertain), where that is not known. A change
//! of a message's state leaves its line in the audit trail in the same transaction.
//!
//! **Reads** are the methods of the traits here: a [`Store`](crate::Store) dereferences to
//! [`dyn Reads`](Reads), and gives its [`Lists`] once they are up to date. A read changes nothing and
//! waits for no writer. Unless a method says otherwise it sees one moment, which is not before the
//! last commit that had returned when the read began.
//!
//! **Errors** are those of every read: [`StoreError::Unavailable`](crate::StoreError::Unavailable)
//! while the database cannot be reached, [`StoreError::Closing`](crate::StoreError::Closing) while
//! the process ends, and an error for which [`StoreError::is_damage`](crate::StoreError::is_damage)
//! holds when the record asked for was changed on the disk. A read of several records leaves a
//! damaged one out, and logs it. Methods name only what they add to these.
//!
//! **Units**: times are UTC to the microsecond, lengths are bytes as stored (compressed bodies stay
//! so), limits count rows. `seq` is a message's place in the order of arrival at the store, a
//! *position* its place in the order of arrival in an inbox; both begin at 1, are never used twice,
//! and say nothing of how many there are.
//!
//! # Adding a read
//!
//! Three files: the method with its meaning, unit, limit and cost in the trait here that is about its
//! subject; its SQL in the file of the same name in `backend/sqlite` and in `backend/postgres`. The
//! compiler then asks for the model's answer (`model/read.rs`, the simplest that is right), and
//! `tests/mail-store/contract` for its rule, which is run over all of them.
//!
//! # Adding an operation
//!
//! A variant of [`Op`]; its line in the audit trail (`audit/entry.rs`); a function in each backend
//! and a branch of its `writer.rs`; the model's `write.rs`; a rule, and a line in the random
//! operations of `tests/mail-store/contract/random.rs`. What changes the tables raises the backend's
//! format number and adds a migration to its `schema.rs`.
//!
//! # What is where a message comes and goes
//!
//! A record of a message is added in one place of each backend (`accept.rs`) and removed in one
//! (`forget.rs`), chunks in one (`chunks.rs`). What a mailbox's messages take ([`Usage`]) is kept beside
//! the records: there, and where a message begins or ceases to wait (`progress.rs`), each change is
//! noted, and their sum is written at the end of the same transaction (`backend/usage.rs`).

mod audit;
pub(crate) mod backend;
mod body;
mod coordination;
pub(crate) mod directory;
mod inboxes;
mod lists;
mod mailboxes;
mod messages;
mod operation;
mod purging;
mod quarantine;
mod routing;
mod sealed;
pub(crate) mod searches;
mod steps;
mod tallies;
mod uploads;

pub use audit::{AuditLine, AuditTrail, HashedLine};
pub use body::Body;
pub use coordination::Coordination;
pub use directory::{Directory, DirectoryRecords, MailboxRecord, Right, RightRecord};
pub use inboxes::{ENTRIES_LOOKED_AT, InboxSlice, Inboxes, Waiting, Wanted};
pub use lists::{ListFrom, Lists};
pub use mailboxes::{MailboxSummary, Mailboxes, Usage};
pub use messages::{
    Details, Failure, Kind, Message, MessageState, Messages, NewMessage, Place, Routed,
};
pub use operation::{FailedAs, Job, Op, Outcome, TokenDigest};
pub use purging::{Purge, PurgeOrder, Purging};
pub use quarantine::Quarantined;
pub use routing::{
    OrderKey, QueuedJob, RoutingBacklog, RoutingJob, RoutingQueue, RoutingSummary, Sealed,
    SealedAddress,
};
pub use sealed::{Resealed, ResealedCount, WaitingAddress, WaitingAddresses};
pub use searches::{
    AuditFilter, Found, LINES_LOOKED_AT, MESSAGES_LOOKED_AT, MessageFilter, Searches, Standing,
};
pub use steps::{NewStep, STEPS_OF_A_MESSAGE, Steps, StoredStep};
pub use tallies::{Amount, Span, Tallied, Tallies, Tally};
pub use uploads::{UploadSummary, Uploads};

/// Every read that needs nothing done before it.
pub trait Reads:
    History + Inboxes + Uploads + RoutingQueue + Mailboxes + Coordination + Purging + Tallies
{
}

/// What was and what happened: the reads that work beside a running server as well as in it.
pub trait History: Messages + Steps + AuditTrail + Send + Sync {}
