//! What a person decides about one entry, and when a decision is taken.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::entry::{Code, Content, Entry, Mark};
use super::marks;
use crate::names;

/// Characters of a text, dosage or reason that somebody writes here, at most.
pub const LONGEST_AMENDMENT: usize = 4_000;
/// Characters of a code or of its meaning.
const LONGEST_NAME: usize = 255;

/// What becomes of an entry. As JSON `{"decision": "refused", "reason": "…"}`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "kebab-case")]
pub enum Decision {
    /// Filed as it came; not for an entry with a mark.
    Accepted,
    /// An entry with a mark, filed as it came: a person looked at the mark.
    Kept,
    /// Filed as a person changed it; how it came is kept beside it.
    Amended(Amendment),
    /// Not filed. The sender is told by people, not by a message.
    Refused {
        /// Why.
        reason: String,
    },
}

/// What a person puts in the place of what came.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// The code; none where only the text is filed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The dosage, of a supply; none where it stays as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dosage: Option<String>,
}

/// Why a decision was not taken. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// No entry stands at this place.
    #[error("expected an entry of this record, found a place behind its last; load it again")]
    NoSuchEntry,
    /// An entry with a mark is not simply accepted.
    #[error("expected a marked entry to be kept, amended or refused, found it accepted")]
    Marked,
    /// A refusal without a reason.
    #[error("expected the reason of a refusal")]
    NoReason,
    /// An amendment that leaves nothing to file.
    #[error("expected the code or the text of an amendment")]
    Nothing,
    /// An amendment that changes nothing.
    #[error("expected an amendment that changes the entry")]
    Unchanged,
    /// Something is too long.
    #[error("expected 4000 characters at most, 255 of a code and its meaning")]
    TooLong,
    /// What would be filed has a mark of its own.
    #[error("expected an amendment without a mark, found: {}", .0.text())]
    StillMarked(Mark),
    /// Every entry is refused.
    #[error("expected an entry to file, found all refused; refuse the update as a whole")]
    AllRefused,
    /// Entries that nobody has decided about.
    #[error("expected every entry to be decided, found {0} open")]
    Open(usize),
}

impl Decision {
    /// Whether this may be decided about an entry.
    ///
    /// # Errors
    /// What is missing, or why not: see [`ReviewError`].
    pub fn check(&self, entry: &Entry) -> Result<(), ReviewError> {
        match self {
            Self::Accepted if !entry.marks.is_empty() => Err(ReviewError::Marked),
            Self::Accepted | Self::Kept => Ok(()),
            Self::Amended(amendment) => amendment.applied(entry).map(|_| ()),
            Self::Refused { reason } if reason.trim().is_empty() => Err(ReviewError::NoReason),
            Self::Refused { reason } => is_within(reason, LONGEST_AMENDMENT),
        }
    }
}

impl Amendment {
    /// The entry as it would be filed, with the marks of what an amendment does not change.
    ///
    /// # Errors
    /// Nothing to file, nothing changed, or a mark on what would be filed.
    pub fn applied(&self, entry: &Entry) -> Result<Entry, ReviewError> {
        let text = trimmed(self.text.as_deref());
        let code = self.code.as_ref().map(|code| Code {
            system: code.system.clone(),
            code: code.code.trim().to_owned(),
            display: trimmed(code.display.as_deref()),
        });
        let mut amended = Entry {
            marks: Vec::new(),
            code,
            text,
            ..entry.clone()
        };
        if let (Content::Supply(supply), Some(dosage)) = (&mut amended.content, &self.dosage)
            && dosage.trim() != supply.dosage.join("\n")
        {
            supply.dosage = trimmed(Some(dosage)).into_iter().collect();
        }
        amended.is_sound(entry)?;
        amended.marks = marks::left_by_amendment(entry, &amended);
        Ok(amended)
    }
}

impl Entry {
    /// Whether this may be filed in the place of what came.
    fn is_sound(&self, came: &Self) -> Result<(), ReviewError> {
        if self.code.is_none() && self.text.is_none() {
            return Err(ReviewError::Nothing);
        }
        if (&self.code, &self.text, &self.content) == (&came.code, &came.text, &came.content) {
            return Err(ReviewError::Unchanged);
        }
        if let Some(text) = self.text.as_deref().filter(|_| self.text != came.text) {
            is_within(text, LONGEST_AMENDMENT)?;
        }
        if let Content::Supply(supply) = &self.content {
            supply
                .dosage
                .iter()
                .filter(|_| self.content != came.content)
                .try_for_each(|dosage| is_within(dosage, LONGEST_AMENDMENT))?;
        }
        let Some(code) = &self.code else {
            return Ok(());
        };
        is_within(&code.code, LONGEST_NAME)?;
        is_within(code.display.as_deref().unwrap_or_default(), LONGEST_NAME)?;
        let mut found = marks::of_code(code, self.text.as_deref());
        if let Content::Observation(values) = &self.content
            && marks::is_mixed(&code.code, values)
        {
            found.push(Mark::MixedCodes);
        }
        match found.first() {
            Some(mark) => Err(ReviewError::StillMarked(*mark)),
            None => Ok(()),
        }
    }

    /// The code system in which a code of this entry is amended: that of its own code where it is
    /// one whose check digits are known, SNOMED CT otherwise.
    pub fn system_to_amend(&self) -> &'static str {
        match &self.code {
            Some(code) if code.system == names::DMD => names::DMD,
            _ => names::SNOMED,
        }
    }
}

fn trimmed(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn is_within(text: &str, most: usize) -> Result<(), ReviewError> {
    if text.chars().count() > most {
        return Err(ReviewError::TooLong);
    }
    Ok(())
}

impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accepted => "Accepted",
            Self::Kept => "Kept",
            Self::Amended(_) => "Amended(redacted)",
            Self::Refused { .. } => "Refused(redacted)",
        })
    }
}

impl fmt::Debug for Amendment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Amendment(redacted)")
    }
}
