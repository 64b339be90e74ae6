//! What is said of a row, a script or a case in the end.

use serde::Serialize;

use crate::CaseResult;

/// What is said in the end. The reason stands in the note beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything that a machine decides was seen and is right.
    Pass,
    /// Something is wrong.
    Fail,
    /// Not seen, or for a person to show.
    Open,
    /// The row binds others, or another release.
    NotApplicable,
}

impl Verdict {
    /// As it stands in the lists: `pass`, `fail`, `open`, `not-applicable`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Open => "open",
            Self::NotApplicable => "not-applicable",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Pass => "Passed",
            Self::Fail => "Failed",
            Self::Open => "Open",
            Self::NotApplicable => "Not applicable",
        }
    }
}

/// How many of each there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Of all.
    pub all: usize,
    /// Passed.
    pub pass: usize,
    /// Failed.
    pub fail: usize,
    /// Open.
    pub open: usize,
    /// Not applicable.
    pub not_applicable: usize,
}

impl Counts {
    /// Of these results.
    pub fn of(results: &[CaseResult]) -> Self {
        let mut counts = Self::default();
        for result in results {
            counts.all += 1;
            *match result.verdict {
                Verdict::Pass => &mut counts.pass,
                Verdict::Fail => &mut counts.fail,
                Verdict::Open => &mut counts.open,
                Verdict::NotApplicable => &mut counts.not_applicable,
            } += 1;
        }
        counts
    }
}
