//! One breach of a rule, and the one answer all of them lead to.

use std::fmt;

use fhir::{Position, Severity, Tallied};
use itk3::{IssueType, ResponseCode};

/// One rule that a message breaks. Holds no patient data: it may be logged and sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The requirement (`GPCM-SD-115`), ITK3 rule (`itk3-…`) or FHIR invariant (`bdl-7`).
    pub id: &'static str,
    /// An error makes the message invalid (GPCM-SD-065); a warning is told and tolerated.
    pub severity: Severity,
    /// Where: `Bundle.entry[2].resource.Bundle.entry[0].resource.Composition.type`; for transport
    /// metadata the field, `transport.subject`.
    pub path: String,
    /// Where in the XML, when the rule that found it knows.
    pub position: Option<Position>,
    /// What was expected, and what kind of thing was found.
    pub what: String,
    /// What the sender can do about it; empty where `what` says it all.
    pub remedy: &'static str,
    /// The code a receiver answers with; `None` when it does not answer for this.
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

impl From<itk3::Finding> for Finding {
    fn from(found: itk3::Finding) -> Self {
        Self {
            id: found.id,
            severity: found.severity,
            path: found.path,
            position: found.position,
            what: found.what,
            remedy: "",
            response: found.response,
            issue: found.issue,
        }
    }
}

impl From<&Finding> for itk3::Finding {
    fn from(found: &Finding) -> Self {
        Self {
            id: found.id,
            severity: found.severity,
            path: found.path.clone(),
            position: found.position,
            what: found.what.clone(),
            response: found.response,
            issue: found.issue,
        }
    }
}

/// What to answer to a message that is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The response code.
    pub code: ResponseCode,
    /// Its issue type.
    pub issue: IssueType,
    /// For OperationOutcome.issue.diagnostics (GPCM-SD-074): rule, place and expectation.
    pub diagnostics: String,
}

/// The one answer to all findings: that of the earliest step of processing that fails. `None` when
/// no error asks for an answer.
pub fn response_for(findings: &[Finding]) -> Option<Rejection> {
    let all: Vec<itk3::Finding> = findings.iter().map(itk3::Finding::from).collect();
    let decisive = itk3::check::answer(&all)?;
    let code = decisive.response?;
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    let more = match errors {
        0 | 1 => String::new(),
        errors => format!(" (and {} more)", errors - 1),
    };
    let (id, path, what) = (decisive.id, &decisive.path, &decisive.what);
    Some(Rejection {
        code,
        issue: code.issue_type(decisive.issue),
        diagnostics: format!("{id} at {path}: {what}{more}"),
    })
}
