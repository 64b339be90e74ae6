//! What a practice keeps in the patient's record: a consultation elsewhere, with its entries.

use std::fmt;

use itk3::ReceivedPatient;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::decision::{Decision, ReviewError};
use super::entry::Entry;
use super::read::{Clinician, Pharmacy, Record};
use super::review::Review;
use crate::Service;

/// A consultation as it was filed. Its JSON is what other programs read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiledRecord {
    /// Whom it is about.
    #[serde(with = "super::patient")]
    pub patient: ReceivedPatient,
    /// The service; none where its code was not known.
    pub service: Option<Service>,
    /// The title of the message's document.
    pub title: String,
    /// When the patient was seen, as the message writes it.
    pub date: Option<String>,
    /// Where.
    pub pharmacy: Pharmacy,
    /// By whom.
    pub clinician: Clinician,
    /// Which version of the document it was.
    pub version: Option<u32>,
    /// Not to be shown to the patient.
    pub is_hidden_from_patient: bool,
    /// The user who filed it.
    pub filed_by: String,
    /// When.
    pub filed_at: Timestamp,
    /// What was filed: texts under their headings, coded entries, complaints (never problems), supplies
    /// (always elsewhere, never to repeat), reports by their titles.
    pub entries: Vec<FiledEntry>,
}

/// An entry that was filed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiledEntry {
    /// How it was filed.
    #[serde(flatten)]
    pub entry: Entry,
    /// How it came, where it was amended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Entry>,
}

impl FiledEntry {
    /// What this decision files; nothing of a refused entry.
    pub(super) fn of(entry: &Entry, decision: &Decision) -> Result<Option<Self>, ReviewError> {
        Ok(match decision {
            Decision::Accepted | Decision::Kept => Some(Self {
                entry: entry.clone(),
                original: None,
            }),
            Decision::Amended(amendment) => Some(Self {
                entry: amendment.applied(entry)?,
                original: Some(entry.clone()),
            }),
            Decision::Refused { .. } => None,
        })
    }
}

impl FiledRecord {
    /// What a review files, once every entry is decided.
    ///
    /// # Errors
    /// [`ReviewError::Open`] while something is undecided; [`ReviewError::AllRefused`].
    pub fn of(review: &Review, by: &str, at: Timestamp) -> Result<Self, ReviewError> {
        let Record {
            patient,
            service,
            title,
            date,
            pharmacy,
            clinician,
            version,
            is_hidden_from_patient,
            replaces: _,
            entries: _,
        } = review.record().clone();
        Ok(Self {
            patient,
            service,
            title,
            date,
            pharmacy,
            clinician,
            version,
            is_hidden_from_patient,
            filed_by: by.to_owned(),
            filed_at: at,
            entries: review.to_file()?,
        })
    }
}

impl fmt::Debug for FiledRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FiledRecord")
            .field("service", &self.service)
            .field("entries", &self.entries.len())
            .field("filed_at", &self.filed_at)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for FiledEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FiledEntry(redacted)")
    }
}
