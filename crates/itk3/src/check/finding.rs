//! One departure from a rule, and the one answer to many.

use std::fmt;

use fhir::{Position, Severity, Tallied};

use crate::{IssueType, ResponseCode};

/// One rule that a message breaks. Holds no patient data: it may be logged and sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule: `itk3-…`, FHIR's own key (`bdl-7`, `cardinality`), or a payload's requirement
    /// (`GPCM-SD-115`).
    pub id: &'static str,
    /// An error makes the message invalid; a warning is told and tolerated.
    pub severity: Severity,
    /// Where: `Bundle.entry[2].resource.Bundle.entry[0].resource.Composition.type`; for transport
    /// metadata the field, `transport.subject`.
    pub path: String,
    /// Where in the XML, when the rule that found it knows.
    pub position: Option<Position>,
    /// What was expected and what kind of thing was found, without any value of the message.
    pub what: String,
    /// What the sender can do about it; empty where `what` says it all.
    pub remedy: &'static str,
    /// The code that answers an error; `None` for a warning, and in an acknowledgement.
    pub response: Option<ResponseCode>,
    /// The issue type that goes with the code, where the code leaves a choice.
    pub issue: Option<IssueType>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.id, self.path, self.what)
    }
}

impl Tallied for Finding {
    fn rule(&self) -> (&'static str, Severity) {
        (self.id, self.severity)
    }

    fn what(&mut self) -> &mut String {
        &mut self.what
    }
}

/// What to answer to a message that is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The response code.
    pub code: ResponseCode,
    /// Its issue type.
    pub issue: IssueType,
    /// For OperationOutcome.issue.diagnostics: rule, place and expectation.
    pub diagnostics: String,
}

/// The one answer to all findings: that of the earliest step of processing that fails. `None` when
/// no error asks for an answer.
pub fn response_for(findings: &[Finding]) -> Option<Rejection> {
    let decisive = super::answer(findings)?;
    let code = decisive.response?;
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    let more = match errors {
        0 | 1 => String::new(),
        errors => format!(" (and {} more)", errors - 1),
    };
    Some(Rejection {
        code,
        issue: code.issue_type(decisive.issue),
        diagnostics: format!("{decisive}{more}"),
    })
}
