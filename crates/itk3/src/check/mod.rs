//! Checking a message against ITK3: the outer bundle, the header, the handling extension, and the
//! structure of an acknowledgement. Every finding says which response code answers it.

mod acknowledgement;
mod answer;
mod base;
mod bundle;
mod handling;
mod header;

use fhir::{Budget, Element, FhirError, Position, Severity, Tallied, Tally};

use crate::{Event, IssueType, Message, RecipientType, ResponseCode};

pub use acknowledgement::acknowledgement;
pub use answer::answer;
pub use base::{base, base_within};

/// One departure from the rules of ITK3, or of FHIR itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule: `itk3-…`, or FHIR's own key (`bdl-7`, `cardinality`).
    pub id: &'static str,
    /// An error makes the message invalid; a warning is told and tolerated.
    pub severity: Severity,
    /// Where in the tree.
    pub path: String,
    /// Where in the XML.
    pub position: Option<Position>,
    /// What was expected and what was found, without any value of the message.
    pub what: String,
    /// The code that answers an error; `None` for a warning, and in an acknowledgement.
    pub response: Option<ResponseCode>,
    /// The issue type that goes with the code.
    pub issue: Option<IssueType>,
}

/// What a payload asks of the message around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The one event.
    pub event: Event,
    /// The message definitions that are supported, all spellings.
    pub definitions: &'static [&'static str],
    /// Whether both acknowledgements must be asked for.
    pub both_acknowledgements: bool,
    /// The recipient types that are allowed.
    pub recipient_types: &'static [RecipientType],
    /// Whether the header may name a receiver.
    pub receiver_allowed: bool,
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

impl Tallied for Finding {
    fn rule(&self) -> (&'static str, Severity) {
        (self.id, self.severity)
    }

    fn what(&mut self) -> &mut String {
        &mut self.what
    }
}

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
