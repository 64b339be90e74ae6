//! The review of an Update Record, as callers see it: nothing of it is filed by itself.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use update_record::{Comparison, Decision, FiledRecord, Review, compare};

use crate::TaskId;

/// The review of a task's entries, as it stands. Holds patient data, which `Debug` leaves out.
#[derive(Clone, PartialEq, Eq)]
pub struct TaskReview {
    /// What came, and what was decided about it.
    pub review: Review,
    /// Counts the saves: by it two people who decide at once are told of each other.
    pub revision: u32,
    /// The save in which the last decision about an entry was made.
    pub decided_in: BTreeMap<usize, u32>,
    /// What was filed of it last.
    pub filed: Option<Filed>,
    /// What is filed of an earlier version: filing this one withdraws it.
    pub before: Option<Filed>,
}

/// What was filed of a task.
#[derive(Clone, PartialEq, Eq)]
pub struct Filed {
    /// The task.
    pub task: TaskId,
    /// What, by whom and when.
    pub record: FiledRecord,
    /// Set when it no longer counts.
    pub withdrawn: Option<Withdrawal>,
}

/// That something filed no longer counts. It is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Since when.
    pub at: Timestamp,
    /// The user who did it.
    pub by: String,
    /// The task that was filed in its place; none when the review was only taken up again.
    pub replaced_by: Option<TaskId>,
}

/// What a person decided, and what is to come of it.
#[derive(Debug, Clone)]
pub struct ReviewWork {
    /// The revision the person saw.
    pub seen: u32,
    /// What was decided about entries, by their places.
    pub decisions: Vec<(usize, Decision)>,
    /// Whether the person compared letter and list and says that it is this patient's. Without it, only an
    /// update whose patient matches is filed.
    pub confirmed: bool,
    /// What then.
    pub then: ReviewThen,
}

/// What follows the decisions about entries. A reason may be patient data.
#[derive(Clone)]
pub enum ReviewThen {
    /// They are kept for later.
    Save,
    /// Every entry without a mark that is open is accepted.
    AcceptRest,
    /// The update is filed, if every entry is decided.
    File,
    /// The update is refused as a whole, whatever was decided about its entries.
    Refuse(String),
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewOutcome {
    /// The decisions are kept, and this many entries are open.
    Saved {
        /// Entries that nobody has decided about.
        open: usize,
    },
    /// The update is filed.
    Filed,
    /// The update is refused.
    Refused,
    /// The decisions are kept; nothing was filed, because the patient is not as the practice's list has
    /// them and nobody confirmed that they compared the two.
    NotMatched,
    /// The decisions are kept; nothing was filed, because entries are open or all are refused.
    NotFiled(update_record::ReviewError),
}

impl TaskReview {
    /// What is filed of an earlier version, beside the entries of this one.
    pub fn comparison(&self) -> Option<Comparison<'_>> {
        let before = self.before.as_ref()?;
        Some(compare(
            &before.record.entries,
            &self.review.record().entries,
        ))
    }

    /// What is filed of it and counts.
    pub fn filed_now(&self) -> Option<&Filed> {
        self.filed
            .as_ref()
            .filter(|filed| filed.withdrawn.is_none())
    }
}

impl fmt::Debug for TaskReview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskReview")
            .field("review", &self.review)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Filed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filed")
            .field("task", &self.task)
            .field("withdrawn", &self.withdrawn)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ReviewThen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Save => "Save",
            Self::AcceptRest => "AcceptRest",
            Self::File => "File",
            Self::Refuse(_) => "Refuse(redacted)",
        })
    }
}
