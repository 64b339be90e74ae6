//! Where the findings of Update Record's own rules are gathered.

use fhir::{Element, Position, Severity, Tally};
use itk3::{Finding, IssueType, ResponseCode, View};

/// A place in the message.
pub(crate) struct At {
    pub path: String,
    pub position: Option<Position>,
}

impl At {
    /// A place that has no element: a field of the transport.
    pub fn path(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            position: None,
        }
    }

    pub fn element(path: impl Into<String>, element: Option<&Element>) -> Self {
        Self {
            path: path.into(),
            position: element.and_then(Element::position),
        }
    }
}

#[derive(Default)]
pub(super) struct Found {
    list: Vec<Finding>,
    tally: Tally,
    view: View,
}

impl Found {
    pub fn of(view: View) -> Self {
        Self {
            view,
            ..Self::default()
        }
    }

    /// The document is refused, 20009.
    pub fn error(&mut self, id: &'static str, at: At, what: &str, issue: IssueType) {
        self.answered(id, at, what, ResponseCode::PayloadInvalid, issue);
    }

    /// An element that must be there is not, 20009.
    pub fn required(&mut self, id: &'static str, at: At, what: &str) {
        self.error(id, at, what, IssueType::Required);
    }

    /// The message is refused with this code.
    pub fn answered(
        &mut self,
        id: &'static str,
        at: At,
        what: &str,
        code: ResponseCode,
        issue: IssueType,
    ) {
        self.push(id, Severity::Error, at, what, Some((code, issue)));
    }

    /// Told, and tolerated.
    pub fn warning(&mut self, id: &'static str, at: At, what: &str) {
        self.push(id, Severity::Warning, at, what, None);
    }

    /// An error in one's own message; a receiver tells it to the person who reviews.
    pub fn sender_error(&mut self, id: &'static str, at: At, what: &str, issue: IssueType) {
        match self.view {
            View::Sender => self.error(id, at, what, issue),
            View::Receiver => self.warning(id, at, what),
        }
    }

    /// An error of what the message travels with, which nobody answers.
    pub fn transport(&mut self, id: &'static str, at: At, what: &str) {
        self.push(id, Severity::Error, at, what, None);
    }

    fn push(
        &mut self,
        id: &'static str,
        severity: Severity,
        at: At,
        what: &str,
        answer: Option<(ResponseCode, IssueType)>,
    ) {
        if self.tally.keeps(id, severity) {
            self.list.push(Finding {
                id,
                severity,
                path: at.path,
                position: at.position,
                what: what.to_owned(),
                remedy: "",
                response: answer.map(|(code, _)| code),
                issue: answer.map(|(_, issue)| issue),
            });
        }
    }

    pub fn into_list(mut self) -> Vec<Finding> {
        self.tally.tell(&mut self.list);
        self.list
    }
}
