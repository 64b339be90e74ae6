//! Which of the messages a site sent did not reach their end, read off the files that its MESH client left:
//! Restante's or the Java one. Nothing is changed, no server is asked.
//!
//! What is read: the pairs a client put away after sending (SENT), the pairs it could not send (FAILED), and
//! what it collected (IN, and wherever a system moved it), with all directories below. An ITK3 message is
//! matched with its acknowledgements by the id of its header, any message with MESH reports by its message id
//! or local id.
//!
//! A message counts as arrived when every acknowledgement it asked for came and is positive. One that asks
//! for none, or is no ITK3 message, counts as arrived unless a report says otherwise: MESH tells a sender
//! only what failed.
//!
//! Limits: control files of 64 KiB, data files of 100 MiB, 500,000 control files a kind of directory, directories eight deep, no link
//! is followed. What cannot be read is told, never passed over.

mod acknowledgements;
mod error;
mod files;
mod gap;
mod letters;
mod matching;
mod reports;

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

pub use error::ReconcileError;
pub use files::Unread;
pub use gap::{Gap, What};

use acknowledgements::Acknowledgements;
use letters::Letters;
use reports::Reports;

/// What is to be compared.
#[derive(Debug, Clone)]
pub struct Reconcile {
    /// Directories with what was sent: SENT and where its files were moved.
    pub sent: Vec<PathBuf>,
    /// Directories with what could not be sent: FAILED.
    pub failed: Vec<PathBuf>,
    /// Directories with what was collected: IN and where its files were moved.
    pub received: Vec<PathBuf>,
    /// Only messages sent at or after this moment.
    pub since: Option<Timestamp>,
    /// The present moment.
    pub now: Timestamp,
    /// How long an acknowledgement may take.
    pub answer_within: SignedDuration,
}

/// How what was sent and what came back compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// How many messages were looked at, acknowledgements not among them.
    pub messages: usize,
    /// How many of them still have time.
    pub waiting: usize,
    /// The messages that did not reach their end, oldest first.
    pub gaps: Vec<Gap>,
    /// Files that could not be read, so that they may hide or explain a gap.
    pub unread: Vec<Unread>,
}

impl Reconcile {
    /// Reads the directories and compares.
    ///
    /// # Errors
    ///
    /// [`ReconcileError`] when a directory cannot be read or holds too much; of single files it is told in
    /// [`Reconciliation::unread`].
    pub fn run(&self) -> Result<Reconciliation, ReconcileError> {
        let mut unread = Vec::new();
        let mut letters = Letters::default();
        let mut reports = Reports::default();
        let mut acknowledgements = Acknowledgements::default();
        for name in files::names(&self.received)? {
            if let Some(found) = files::open(name, &mut unread) {
                acknowledgements.take(&found, &mut unread);
                reports.take(found);
            }
        }
        for name in files::names(&self.sent)? {
            if let Some(found) = files::open(name, &mut unread) {
                letters.take_sent(found, &mut unread);
            }
        }
        for name in files::names(&self.failed)? {
            if let Some(found) = files::open(name, &mut unread) {
                letters.take_failed(found);
            }
        }
        reports.forget_shared_local_ids(&letters);
        Ok(self.compare(letters, reports, &acknowledgements, unread))
    }
}
