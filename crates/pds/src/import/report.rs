//! What an import did: counts, line numbers and reasons, never content.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::Kind;
use crate::PdsError;

/// How many refused rows a report lists; all are counted.
const LISTED: usize = 10_000;

/// What an import did. Holds line numbers and reasons, never content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// What the file was.
    pub kind: Kind,
    /// Rows accepted.
    pub accepted: u64,
    /// Rows refused.
    pub refused: u64,
    /// The refused rows by line, the first 10,000 of them.
    pub refused_rows: Vec<RefusedRow>,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// When it was imported.
    pub as_of: Timestamp,
    /// The number of the snapshot it became.
    pub generation: u64,
}

/// One refused row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RefusedRow {
    /// The line on which the row begins; the first line of the file is 1.
    pub line: u64,
    /// Why it was refused.
    pub reason: RefusalReason,
}

/// Why a row was refused. Serialised as its [code](RefusalReason::code).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefusalReason {
    /// A field is not UTF-8.
    #[error("not in UTF-8")]
    Encoding,
    /// Not ten digits, wrong check digit, or one of the two reserved values.
    #[error("the NHS number is missing or not valid")]
    NhsNumber,
    /// The number was on an earlier line.
    #[error("the NHS number was on an earlier line")]
    DuplicateNumber,
    /// A family name has control characters or is longer than 100 characters.
    #[error("a family name is longer than 100 characters or has control characters")]
    FamilyName,
    /// The practice code is no ODS code.
    #[error("the practice code is not 2 to 12 letters and digits")]
    PracticeCode,
    /// A date of registration, opening or closing is not a full date.
    #[error("a date of registration, death, opening or closing is not a full date")]
    Date,
    /// Neither a full date of birth nor one by year, or year and month.
    #[error(
        "the date of birth is none that can be read for certain: write YYYY-MM-DD, DD/MM/YYYY or DD-Mon-YYYY"
    )]
    DateOfBirth,
    /// Neither `U`, `R`, `V`, `REDACTED` nor empty.
    #[error("the sensitivity is not U, R, V or REDACTED")]
    Sensitivity,
    /// The replacing number is not valid.
    #[error("the superseding NHS number is not valid")]
    SupersededBy,
    /// The number would be replaced by itself, directly or through others.
    #[error("the NHS number is superseded in a circle")]
    SupersededCycle,
    /// PDS did not trace this patient (a code other than 00 and 90).
    #[error("PDS did not trace this patient")]
    NotTraced,
    /// PDS holds back the practice of a sensitive record (code 92).
    #[error("PDS holds back the practice of this record (code 92)")]
    Sensitive,
}

impl RefusalReason {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Encoding => "ENCODING",
            Self::NhsNumber => "NHS_NUMBER",
            Self::DuplicateNumber => "DUPLICATE_NUMBER",
            Self::FamilyName => "FAMILY_NAME",
            Self::PracticeCode => "PRACTICE_CODE",
            Self::Date => "DATE",
            Self::DateOfBirth => "DATE_OF_BIRTH",
            Self::Sensitivity => "SENSITIVITY",
            Self::SupersededBy => "SUPERSEDED_BY",
            Self::SupersededCycle => "SUPERSEDED_CYCLE",
            Self::NotTraced => "NOT_TRACED",
            Self::Sensitive => "SENSITIVE",
        }
    }
}

impl Serialize for RefusalReason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// Refused rows as they are met, in no order; each line once.
#[derive(Default)]
pub(super) struct Refusals {
    by_line: BTreeMap<u64, RefusalReason>,
    count: u64,
}

impl Refusals {
    pub(super) fn add(&mut self, line: u64, reason: RefusalReason) {
        self.count += 1;
        self.by_line.insert(line, reason);
        if self.by_line.len() > LISTED {
            self.by_line.pop_last();
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn into_rows(self) -> Vec<RefusedRow> {
        self.by_line
            .into_iter()
            .map(|(line, reason)| RefusedRow { line, reason })
            .collect()
    }

    pub(super) fn nothing_accepted(&self) -> PdsError {
        let first = self.by_line.first_key_value();
        PdsError::NothingAccepted {
            refused: self.count,
            first: first.map(|(line, reason)| format!("line {line}: {reason}")),
        }
    }
}
