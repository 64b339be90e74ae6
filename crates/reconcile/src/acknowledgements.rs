//! The ITK3 acknowledgements that came back.

use std::collections::HashMap;

use itk3::{Class, Message, ResponseCode, acknowledgement};
use mesh::MessageType;

use crate::files::{Found, Unread};
use crate::letters::bare;

/// What was answered, by the id of the header it answers.
#[derive(Default)]
pub(crate) struct Acknowledgements(HashMap<String, Answers>);

/// The answers to one message.
#[derive(Default, Clone, Copy)]
pub(crate) struct Answers {
    pub infrastructure: Option<ResponseCode>,
    pub business: Option<ResponseCode>,
}

impl Answers {
    /// The answer that refuses the message.
    pub fn refusal(&self) -> Option<ResponseCode> {
        let both = [self.infrastructure, self.business];
        both.into_iter().flatten().find(|code| !is_good(*code))
    }
}

/// A positive code that is in use.
fn is_good(code: ResponseCode) -> bool {
    code.is_positive() && code.class() != Class::Retired
}

impl Acknowledgements {
    /// Keeps what the pair answers, if it is an acknowledgement.
    pub fn take(&mut self, found: &Found, unread: &mut Vec<Unread>) {
        let workflow = found.control.workflow_id.as_deref().unwrap_or_default();
        if found.control.message_type() == Some(MessageType::Report) || !answers(workflow) {
            return;
        }
        let Some(document) = found.document(unread) else {
            return;
        };
        let is_one = Message::of(&document.root).is_some_and(|it| it.is_acknowledgement());
        let answer = acknowledgement::read(&document.root)
            .ok()
            .filter(|_| is_one);
        let Some((id, code)) =
            answer.and_then(|answer| Some((answer.in_response_to?, answer.code.meaning()?)))
        else {
            return;
        };
        let known = self.0.entry(bare(&id)).or_default();
        let place = match code.class() {
            Class::Business => &mut known.business,
            _ => &mut known.infrastructure,
        };
        // of several the first counts, unless it was good news and a later one is not
        if place.is_none_or(|earlier| is_good(earlier) && !is_good(code)) {
            *place = Some(code);
        }
    }

    /// The answers to a message.
    pub fn to(&self, header_id: &str) -> Answers {
        self.0.get(header_id).copied().unwrap_or_default()
    }
}

/// Whether acknowledgements travel on a workflow: its name ends in ACK, or says nothing.
fn answers(workflow: &str) -> bool {
    workflow.is_empty() || workflow.to_ascii_uppercase().ends_with("ACK")
}
