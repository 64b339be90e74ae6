//! The headings under which a pharmacy writes, from the PRSB's standard.

use serde::{Deserialize, Serialize};

/// A heading that is in use; as JSON its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Heading {
    /// Clinical summary, in every message.
    #[serde(rename = "clinical-summary")]
    ClinicalSummary,
    /// Presenting complaints or issues, coded.
    #[serde(rename = "presenting-complaints-or-issues")]
    PresentingComplaints,
    /// History.
    #[serde(rename = "history")]
    History,
    /// Red flags.
    #[serde(rename = "red-flags")]
    RedFlags,
    /// Information and advice given.
    #[serde(rename = "information-and-advice-given")]
    Advice,
    /// Plan and requested actions; none of them makes a task.
    #[serde(rename = "plan-and-requested-actions")]
    Plan,
    /// Where the patient was sent on to.
    #[serde(rename = "signpost-details")]
    Signposting,
    /// Pregnancy status, coded.
    #[serde(rename = "pregnancy-status")]
    PregnancyStatus,
    /// Procedures and therapies, coded.
    #[serde(rename = "procedures-and-therapies")]
    Procedures,
}

impl Heading {
    /// Every heading in use.
    pub const ALL: [Self; 9] = [
        Self::ClinicalSummary,
        Self::PresentingComplaints,
        Self::History,
        Self::RedFlags,
        Self::Advice,
        Self::Plan,
        Self::Signposting,
        Self::PregnancyStatus,
        Self::Procedures,
    ];

    /// The code in `meta.tag`.
    pub fn code(self) -> &'static str {
        match self {
            Self::ClinicalSummary => "clinical-summary",
            Self::PresentingComplaints => "presenting-complaints-or-issues",
            Self::History => "history",
            Self::RedFlags => "red-flags",
            Self::Advice => "information-and-advice-given",
            Self::Plan => "plan-and-requested-actions",
            Self::Signposting => "signpost-details",
            Self::PregnancyStatus => "pregnancy-status",
            Self::Procedures => "procedures-and-therapies",
        }
    }

    /// What people read.
    pub fn display(self) -> &'static str {
        match self {
            Self::ClinicalSummary => "Clinical summary",
            Self::PresentingComplaints => "Presenting complaints or issues",
            Self::History => "History",
            Self::RedFlags => "Red flags",
            Self::Advice => "Information and advice given",
            Self::Plan => "Plan and requested actions",
            Self::Signposting => "Signpost details",
            Self::PregnancyStatus => "Pregnancy status",
            Self::Procedures => "Procedures and therapies",
        }
    }

    /// The heading of a code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|heading| heading.code() == code)
    }
}
