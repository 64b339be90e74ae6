//! What a person decides about a provisional record, entry by entry, and who did what when.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use super::entry::{Code, Entry};
use super::read::Record;

/// A record under review. Nothing of it is filed by itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Review {
    record: Record,
    decisions: BTreeMap<String, Decision>,
    acts: Vec<Act>,
}

/// What becomes of an entry.
#[derive(Clone, PartialEq, Eq)]
pub enum Decision {
    /// Filed as it came.
    Accepted,
    /// Filed as a person changed it; how it came is kept beside it.
    Amended(Amendment),
    /// Not filed. The sender is told by people, not by a message.
    Refused {
        /// Why.
        reason: String,
    },
}

/// What a person puts in the place of what came.
#[derive(Clone, PartialEq, Eq)]
pub struct Amendment {
    /// The code; none where only the text is filed.
    pub code: Option<Code>,
    /// The text.
    pub text: Option<String>,
}

/// Who decided what, and when: the audit.
#[derive(Clone, PartialEq, Eq)]
pub struct Act {
    /// The entry.
    pub entry: String,
    /// What was decided.
    pub decision: Decision,
    /// By whom: the user's name at the practice.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Why a decision was not taken. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// No entry has this id.
    #[error("expected the id of an entry of this record, found another; load the record again")]
    NoSuchEntry,
    /// Entries with marks are not accepted together with others.
    #[error(
        "expected {0} marked entries to be decided one by one before the others are accepted together"
    )]
    Marked(usize),
    /// A refusal without a reason, or an amendment that leaves nothing to file.
    #[error("expected the reason of a refusal, or the code or text of an amendment")]
    Nothing,
}

impl Review {
    /// A review in which nothing is decided.
    pub fn of(record: Record) -> Self {
        Self {
            record,
            decisions: BTreeMap::new(),
            acts: Vec::new(),
        }
    }

    /// The record as it came.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Every act, the first first.
    pub fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// What was decided about an entry, last.
    pub fn decision(&self, entry: &str) -> Option<&Decision> {
        self.decisions.get(entry)
    }

    /// Decides about an entry; a later decision takes the place of an earlier one, and both are kept.
    ///
    /// # Errors
    /// [`ReviewError::NoSuchEntry`]; [`ReviewError::Nothing`] where a reason or content is missing.
    pub fn decide(
        &mut self,
        entry: &str,
        decision: Decision,
        by: &str,
        at: Timestamp,
    ) -> Result<(), ReviewError> {
        if !self.record.entries.iter().any(|known| known.id == entry) {
            return Err(ReviewError::NoSuchEntry);
        }
        if decision.is_empty() {
            return Err(ReviewError::Nothing);
        }
        self.decisions.insert(entry.to_owned(), decision.clone());
        self.acts.push(Act {
            entry: entry.to_owned(),
            decision,
            by: by.to_owned(),
            at,
        });
        Ok(())
    }

    /// Accepts every entry that is not decided yet, in one step.
    ///
    /// # Errors
    /// [`ReviewError::Marked`] while an entry with a mark is not decided: each is looked at by itself.
    pub fn accept_rest(&mut self, by: &str, at: Timestamp) -> Result<(), ReviewError> {
        let marked = self
            .undecided()
            .filter(|entry| !entry.marks.is_empty())
            .count();
        if marked > 0 {
            return Err(ReviewError::Marked(marked));
        }
        let rest: Vec<String> = self.undecided().map(|entry| entry.id.clone()).collect();
        rest.iter()
            .try_for_each(|id| self.decide(id, Decision::Accepted, by, at))
    }

    /// The entries that nobody has decided about.
    pub fn undecided(&self) -> impl Iterator<Item = &Entry> {
        let entries = self.record.entries.iter();
        entries.filter(|entry| !self.decisions.contains_key(&entry.id))
    }

    /// What is to be filed, as it came or as it was amended; none while something is undecided.
    pub fn filed(&self) -> Option<Vec<Entry>> {
        if self.undecided().next().is_some() {
            return None;
        }
        let filed = self.record.entries.iter().filter_map(|entry| {
            let amended = match self.decisions.get(&entry.id)? {
                Decision::Accepted => return Some(entry.clone()),
                Decision::Amended(amendment) => amendment.clone(),
                Decision::Refused { .. } => return None,
            };
            let Amendment { code, text } = amended;
            let marks = Vec::new();
            Some(Entry {
                code,
                text,
                marks,
                ..entry.clone()
            })
        });
        Some(filed.collect())
    }
}

impl Decision {
    fn is_empty(&self) -> bool {
        match self {
            Self::Accepted => false,
            Self::Amended(Amendment { code, text }) => {
                code.is_none() && text.as_deref().is_none_or(|text| text.trim().is_empty())
            }
            Self::Refused { reason } => reason.trim().is_empty(),
        }
    }
}

impl fmt::Debug for Review {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Review")
            .field("entries", &self.record.entries.len())
            .field("decided", &self.decisions.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accepted => "Accepted",
            Self::Amended(_) => "Amended(redacted)",
            Self::Refused { .. } => "Refused(redacted)",
        })
    }
}

impl fmt::Debug for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Act")
            .field("decision", &self.decision)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Amendment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Amendment(redacted)")
    }
}
