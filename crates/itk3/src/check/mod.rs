//! Checking a message against ITK3: the outer bundle, the header, the handling extension, and the
//! structure of an acknowledgement. Every finding says which response code answers it.

mod acknowledgement;
mod answer;
mod base;
mod bundle;
mod carried;
mod finding;
mod handling;
mod header;
mod payload;
mod receiver;
mod size;

use fhir::{Budget, Document, Element, FhirError, Severity, Tally};

use crate::payload::{Checking, Kind};
use crate::{IssueType, Message, ResponseCode};

pub use acknowledgement::acknowledgement;
pub use answer::answer;
pub use base::{base, base_within};
pub use carried::{carried, on_workflow_of_another};
pub use finding::{Finding, Rejection, response_for};
pub use payload::payload_within;
pub use receiver::served;
pub use size::size;

/// What is asked of the message around a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The row of the table, with what the payload's own crate changes in it.
    pub kind: Kind,
    /// Whose message it is to who checks it.
    pub view: View,
}

/// Whose message it is to who checks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// One's own, before it is sent: what a profile forbids is an error, for some receivers refuse it.
    Sender,
    /// Somebody else's, that has come: what a profile forbids, but harms nobody, is tolerated.
    #[default]
    Receiver,
}

/// Everything that is judged without knowing the payload but for the bundle inside
/// ([`payload_within`]): FHIR's own rules, outer bundle, header and handling extension, then what the
/// message travelled with and whom it names as receiver. What a payload's crate begins with.
pub fn envelope(message: &Document, rules: &Rules, checking: &Checking<'_>) -> Vec<Finding> {
    let (root, budget) = (&message.root, checking.budget);
    let mut findings = base_within(root, &message.findings, budget);
    findings.extend(message_within(root, rules, budget));
    if let Some(transport) = checking.transport {
        findings.extend(carried(root, &rules.kind, transport));
    }
    if let Some(whom) = checking.served {
        findings.extend(served(root, whom));
    }
    findings
}

/// Checks outer bundle, header and handling extension of a message that should carry a payload.
pub fn message(root: &Element, rules: &Rules) -> Vec<Finding> {
    message_within(root, rules, &Budget::unlimited())
}

/// [`message`], as far as the budget goes.
pub fn message_within(root: &Element, rules: &Rules, budget: &Budget<'_>) -> Vec<Finding> {
    let mut found = Findings::of(rules.view);
    bundle::check(root, &mut found, budget);
    if let Some(message) = Message::of(root) {
        header::check(&message, rules, &mut found);
        handling::check(message.header(), rules, &mut found);
    }
    found.into_list()
}

/// The finding of a message whose check took longer than it may: 20015. It is not known to be valid.
pub fn out_of_time() -> Finding {
    Finding {
        id: "itk3-out-of-time",
        severity: Severity::Error,
        path: String::new(),
        position: None,
        what: "expected a message that is checked within the time allowed; this one is too large or too \
               intricate"
            .to_owned(),
        remedy: "",
        response: Some(ResponseCode::TooLarge),
        issue: Some(IssueType::Processing),
    }
}

/// The finding of a document that could not be read at all: 10009, or 20015 when it is too large.
pub fn unreadable(error: &FhirError) -> Finding {
    let (id, response) = match error {
        FhirError::TooLarge { .. } => ("itk3-too-large", ResponseCode::TooLarge),
        _ => ("itk3-unreadable", ResponseCode::UnreadableMessage),
    };
    Finding {
        id,
        severity: Severity::Error,
        path: String::new(),
        position: None,
        what: error.to_string(),
        remedy: "",
        response: Some(response),
        issue: Some(IssueType::Processing),
    }
}

/// Where findings are gathered.
#[derive(Default)]
struct Findings {
    list: Vec<Finding>,
    tally: Tally,
    view: View,
}

/// An element, or the place where one is missing.
struct At<'a> {
    path: &'a str,
    element: Option<&'a Element>,
}

const HEADER: &str = "Bundle.entry[0].resource.MessageHeader";

impl Findings {
    fn of(view: View) -> Self {
        Self {
            view,
            ..Self::default()
        }
    }

    /// Something that makes the message invalid.
    fn error(
        &mut self,
        id: &'static str,
        at: At<'_>,
        what: impl Into<String>,
        response: ResponseCode,
        issue: IssueType,
    ) {
        self.push(
            id,
            Severity::Error,
            at,
            what.into(),
            Some((response, issue)),
        );
    }

    /// Something to tell and tolerate.
    fn warning(&mut self, id: &'static str, at: At<'_>, what: impl Into<String>) {
        self.push(id, Severity::Warning, at, what.into(), None);
    }

    /// An element that the profile forbids and that harms nobody.
    fn forbidden(&mut self, id: &'static str, at: At<'_>, what: &str) {
        match self.view {
            View::Sender => {
                let code = ResponseCode::HeaderInvalid;
                self.error(id, at, what, code, IssueType::Structure);
            }
            View::Receiver => self.warning(id, at, what),
        }
    }

    fn push(
        &mut self,
        id: &'static str,
        severity: Severity,
        at: At<'_>,
        what: String,
        answer: Option<(ResponseCode, IssueType)>,
    ) {
        if self.tally.keeps(id, severity) {
            self.list.push(Finding {
                id,
                severity,
                path: at.path.to_owned(),
                position: at.element.and_then(Element::position),
                what,
                remedy: "",
                response: answer.map(|(response, _)| response),
                issue: answer.map(|(_, issue)| issue),
            });
        }
    }

    fn into_list(mut self) -> Vec<Finding> {
        self.tally.tell(&mut self.list);
        self.list
    }
}
