//! A record under review: what people decide about it, entry by entry, and who did what when.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use super::decision::{Decision, ReviewError};
use super::entry::Entry;
use super::filed::FiledEntry;
use super::read::Record;

/// A record under review. Nothing of it is filed by itself. An entry is named by its place in
/// [`Record::entries`].
#[derive(Clone, PartialEq, Eq)]
pub struct Review {
    record: Record,
    acts: Vec<Act>,
    /// The last act about each entry.
    last: BTreeMap<usize, usize>,
}

/// Who decided what, and when: the audit.
#[derive(Clone, PartialEq, Eq)]
pub struct Act {
    /// The entry's place.
    pub entry: usize,
    /// What was decided.
    pub decision: Decision,
    /// By whom: the user's name at the practice.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Review {
    /// A review in which nothing is decided.
    pub fn of(record: Record) -> Self {
        Self {
            record,
            acts: Vec::new(),
            last: BTreeMap::new(),
        }
    }

    /// A review as it stood after these acts, the first first.
    pub fn resumed(record: Record, acts: Vec<Act>) -> Self {
        let places = acts.iter().enumerate();
        Self {
            record,
            last: places.map(|(at, act)| (act.entry, at)).collect(),
            acts,
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

    /// What was decided about an entry last, by whom and when.
    pub fn decided(&self, entry: usize) -> Option<&Act> {
        self.acts.get(*self.last.get(&entry)?)
    }

    /// Decides about an entry; a later decision takes the place of an earlier one, and both are kept.
    /// Tells whether it is another decision than the last.
    ///
    /// # Errors
    /// [`ReviewError`] says what is missing, or why not.
    pub fn decide(
        &mut self,
        entry: usize,
        decision: Decision,
        by: &str,
        at: Timestamp,
    ) -> Result<bool, ReviewError> {
        let entries = &self.record.entries;
        decision.check(entries.get(entry).ok_or(ReviewError::NoSuchEntry)?)?;
        if self
            .decided(entry)
            .is_some_and(|act| act.decision == decision)
        {
            return Ok(false);
        }
        self.last.insert(entry, self.acts.len());
        self.acts.push(Act {
            entry,
            decision,
            by: by.to_owned(),
            at,
        });
        Ok(true)
    }

    /// Accepts every entry without a mark that is not decided yet; tells how many. Entries with a
    /// mark stay open: each is looked at by itself.
    pub fn accept_rest(&mut self, by: &str, at: Timestamp) -> usize {
        let rest: Vec<usize> = self
            .undecided()
            .filter(|(_, entry)| entry.marks.is_empty())
            .map(|(place, _)| place)
            .collect();
        rest.iter()
            .filter(|place| self.decide(**place, Decision::Accepted, by, at) == Ok(true))
            .count()
    }

    /// The entries that nobody has decided about, with their places.
    pub fn undecided(&self) -> impl Iterator<Item = (usize, &Entry)> {
        let entries = self.record.entries.iter().enumerate();
        entries.filter(|(place, _)| !self.last.contains_key(place))
    }

    /// What is to be filed, as it came or as it was amended.
    ///
    /// # Errors
    /// [`ReviewError::Open`] while something is undecided; [`ReviewError::AllRefused`].
    pub fn to_file(&self) -> Result<Vec<FiledEntry>, ReviewError> {
        let open = self.undecided().count();
        if open > 0 {
            return Err(ReviewError::Open(open));
        }
        let mut filed = Vec::new();
        for (place, entry) in self.record.entries.iter().enumerate() {
            let act = self.decided(place).ok_or(ReviewError::Open(1))?;
            filed.extend(FiledEntry::of(entry, &act.decision)?);
        }
        if filed.is_empty() {
            return Err(ReviewError::AllRefused);
        }
        Ok(filed)
    }
}

impl fmt::Debug for Review {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Review")
            .field("entries", &self.record.entries.len())
            .field("decided", &self.last.len())
            .finish_non_exhaustive()
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
