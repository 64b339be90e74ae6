//! The two releases of Send Document that documents are built and checked by.

use nhs::{DateOrder, WorkflowId};

/// Which release of GP Connect Send Document a message is built or checked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Ruleset {
    /// GP Connect Messaging 1.3: consultation reports between practices, redacted when
    /// confidential. Workflow `GPFED_CONSULT_REPORT`.
    #[default]
    V1_3,
    /// Send Document 2.0.2: any document; a confidential one is not sent, and rejected when it
    /// comes. Workflow `GPCONNECT_SEND_DOCUMENT`.
    V2_0,
}

/// Not `1.3` or `2.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the Send Document rules 1.3 or 2.0")]
pub struct RulesetError;

const CONSULTATION_REPORT: &str = "GPFED_CONSULT_REPORT";
const SEND_DOCUMENT: &str = "GPCONNECT_SEND_DOCUMENT";

impl Ruleset {
    /// The workflow that carries documents of this release (GPCM-SD-057).
    pub fn workflow(self) -> &'static str {
        match self {
            Self::V1_3 => CONSULTATION_REPORT,
            Self::V2_0 => SEND_DOCUMENT,
        }
    }

    /// The release a workflow carries; `None` for any other workflow, acknowledgements included.
    pub fn of_workflow(workflow: &WorkflowId) -> Option<Self> {
        match workflow.as_str() {
            CONSULTATION_REPORT => Some(Self::V1_3),
            SEND_DOCUMENT => Some(Self::V2_0),
            _ => None,
        }
    }

    /// How the texts of this release write the date of birth in a patient address.
    pub fn date_order(self) -> DateOrder {
        match self {
            Self::V1_3 => DateOrder::DayMonthYear,
            Self::V2_0 => DateOrder::YearMonthDay,
        }
    }

    /// `1.3` or `2.0`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1_3 => "1.3",
            Self::V2_0 => "2.0",
        }
    }
}

impl std::str::FromStr for Ruleset {
    type Err = RulesetError;

    fn from_str(text: &str) -> Result<Self, RulesetError> {
        match text.trim() {
            "1.3" => Ok(Self::V1_3),
            "2.0" => Ok(Self::V2_0),
            _ => Err(RulesetError),
        }
    }
}
