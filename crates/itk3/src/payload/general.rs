//! The payload of which nothing is known but what holds for all: any message of the table is judged,
//! read and shown by it, where no crate knows more.

use fhir::Document;

use super::{Checking, Inner, Kind, Payload, PayloadError, Received};
use crate::check::{self, Finding, Rules};
use crate::{Event, Message};

/// Any payload of the table, by the rules that hold for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct General;

/// The row of a message; the one that fits anything where its event is in none.
fn kind_of(message: &Document) -> Kind {
    let event = Message::of(&message.root).and_then(|message| message.event().map(str::to_owned));
    let event = event.as_deref().and_then(Event::parse);
    event
        .and_then(Kind::of_event)
        .copied()
        .unwrap_or(Kind::UNKNOWN)
}

impl Payload for General {
    fn kinds(&self) -> &'static [Kind] {
        Kind::rows()
    }

    fn title(&self) -> &'static str {
        "any ITK3 message"
    }

    fn check(&self, message: &Document, checking: &Checking<'_>) -> Vec<Finding> {
        let rules = Rules {
            kind: kind_of(message),
            view: checking.view,
        };
        let mut findings = check::envelope(message, &rules, checking);
        findings.extend(check::payload_within(
            &message.root,
            rules.kind.inner,
            checking.budget,
        ));
        if checking.budget.is_spent() {
            findings.push(check::out_of_time());
        }
        findings
    }

    fn requirement(&self, _: &str) -> Option<&'static str> {
        None
    }

    fn read(&self, message: &Document) -> Result<Received, PayloadError> {
        let inner = match kind_of(message).inner {
            Inner::Nothing => Inner::Bundle,
            inner => inner,
        };
        super::read(message, inner)
    }
}
