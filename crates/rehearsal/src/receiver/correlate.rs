//! Which message an answer answers: by `response.identifier`, else by `SenderReference`.

use itk3::{Class, same_id};

use super::answer::Answer;
use super::expected::{ExpectedAnswer, Wanted};
use super::plan::Planned;
use super::run::{Message, Run, State};

impl Run {
    /// Where the message is that an answer answers.
    pub(super) fn find(&self, answer: &Answer) -> Option<usize> {
        let read = &answer.read;
        let by_reference = || {
            let reference = read.sender_reference.as_deref()?;
            self.chosen(answer, |it| {
                it.sender_reference.as_deref().map(str::trim) == Some(reference.trim())
            })
        };
        match read.in_response_to.as_deref() {
            Some(id) => {
                let is_named =
                    |it: &Planned| it.header_id.as_deref().is_some_and(|own| same_id(own, id));
                self.chosen(answer, is_named).or_else(by_reference)
            }
            // what it answers was not read: one that was to be answered with this very code, such as one that is too long
            // to be read, or one without an id; the oldest first, and only where it came as an answer to it comes
            None => {
                let is_to_it =
                    |it: &Planned| answer.is_on_workflow(it) && answer.is_to(&self.settings.sender);
                by_reference()
                    .or_else(|| self.chosen(answer, |it| is_unread_as(answer, it) && is_to_it(it)))
                    .or_else(|| self.chosen(answer, |it| it.header_id.is_none() && is_to_it(it)))
            }
        }
    }

    /// Of several such messages the first that waits for an answer of this kind, else the last: a message may be sent
    /// twice.
    fn chosen(&self, answer: &Answer, is_it: impl Fn(&Planned) -> bool) -> Option<usize> {
        let all = self.messages.iter().enumerate();
        let placed = all.filter(|(_, it)| matches!(it.state, State::Placed(_)));
        let mut fitting = placed.filter(|(_, it)| is_it(&it.planned));
        let mut last = None;
        let waits = |message: &Message| message.waits_for(answer.class());
        fitting
            .find(|(index, message)| {
                last = Some(*index);
                waits(message)
            })
            .map(|(index, _)| index)
            .or(last)
    }
}

impl Message {
    /// Its answers of one kind.
    pub(super) fn of_class(&self, class: Class) -> impl Iterator<Item = &Answer> {
        self.answers.iter().filter(move |it| it.class() == class)
    }

    /// Whether an answer of this kind is wanted and has not come.
    fn waits_for(&self, class: Class) -> bool {
        let wanted = match class {
            Class::Business => &self.planned.expected.business,
            Class::Infrastructure | Class::Retired => &self.planned.expected.infrastructure,
        };
        is_wanted(wanted) && self.of_class(class).next().is_none()
    }

    /// Whether everything came that is wanted; a refusal ends it. Where no answer is wanted only time tells.
    pub(super) fn is_answered(&self) -> bool {
        let refuses = |it: &Answer| !it.read.code.is_positive();
        let is_refused = self.of_class(Class::Infrastructure).any(refuses);
        let expected = &self.planned.expected;
        let wants_none = !is_wanted(&expected.infrastructure) && !is_wanted(&expected.business);
        let waits = self.waits_for(Class::Infrastructure) || self.waits_for(Class::Business);
        is_refused || (!wants_none && !waits)
    }
}

/// Whether a message was to be answered as this answer does that did not read it.
fn is_unread_as(answer: &Answer, planned: &Planned) -> bool {
    let wanted = planned.expected.infrastructure.wanted_code();
    answer.is_of_unread() && wanted == answer.code()
}

/// Whether silence would not do.
pub(super) fn is_wanted(expected: &ExpectedAnswer) -> bool {
    expected.wanted != Wanted::Nothing
}
