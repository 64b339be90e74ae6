//! The run: messages as they are placed, answers as they come, each put to the message it answers.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use nhs::MailboxId;

use super::answer::{Answer, Incoming};
use super::patients::Patient;
use super::plan::{LeftOut, Plan, Planned};

/// Messages without an answer at once. More of them would be a queue, and its wait no time of the receiver's.
const MOST_UNANSWERED: usize = 50;
/// Answers kept of one message; what comes after them is counted.
const MOST_ANSWERS: usize = 10;
/// Strange answers that are counted.
const MOST_STRAYS: usize = 100;
/// After the last answer it is waited so long for one too many.
const LINGER: SignedDuration = SignedDuration::from_secs(3);

/// What a run is judged by.
pub struct RunSettings {
    /// The mailbox the messages come from, and the answers go to.
    pub sender: MailboxId,
    /// The mailbox on trial.
    pub receiver: MailboxId,
    /// How long nothing may come before what is not answered counts as missing.
    pub answer_within: SignedDuration,
    /// When it began.
    pub started: Timestamp,
    /// Of what the messages were made.
    pub seed: u64,
    /// Whose names, numbers and dates must be in no answer.
    pub patients: Vec<Patient>,
}

/// A message of the run.
pub struct Message {
    /// What it is, and what it must be answered with.
    pub planned: Planned,
    /// Where it stands.
    pub state: State,
    /// When the receiving system took it, where that was seen.
    pub taken: Option<Timestamp>,
    /// In the order in which they were found.
    pub answers: Vec<Answer>,
    /// Answers that were not kept, for there are too many.
    pub beyond: u32,
}

/// Where a message stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It was not placed yet.
    ToPlace,
    /// It was placed.
    Placed(Timestamp),
    /// It could not be placed, and why.
    NotPlaced(String),
}

/// Something that came and answers none of the messages. Neither its name nor anything of it is kept: it may be
/// somebody else's.
pub struct Stray {
    /// When it was found.
    pub at: Timestamp,
    /// What is wrong with it.
    pub what: &'static str,
}

/// A run of a receiving system.
pub struct Run {
    pub(super) settings: RunSettings,
    pub(super) messages: Vec<Message>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) strays: Vec<Stray>,
    /// When something came last.
    last_answer: Option<Timestamp>,
}

impl Run {
    /// One that begins.
    pub fn new(settings: RunSettings, plan: Plan) -> Self {
        let messages = plan.messages.into_iter().map(|planned| Message {
            planned,
            state: State::ToPlace,
            taken: None,
            answers: Vec::new(),
            beyond: 0,
        });
        Self {
            settings,
            messages: messages.collect(),
            left_out: plan.left_out,
            strays: Vec::new(),
            last_answer: None,
        }
    }

    /// What it is judged by.
    pub fn settings(&self) -> &RunSettings {
        &self.settings
    }

    /// All messages, in their order.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// What came and answers nothing.
    pub fn strays(&self) -> &[Stray] {
        &self.strays
    }

    /// The messages that may be placed now: those that wait for no other's answer, as many as are not too many at once.
    pub fn to_place(&self, now: Timestamp) -> Vec<u32> {
        let settled = self.settled(now);
        let is_open = |it: &&Message| matches!(it.state, State::Placed(_));
        let placed = self.messages.iter().filter(is_open);
        let waiting = placed.filter(|it| !settled.contains(&it.planned.number));
        let room = MOST_UNANSWERED.saturating_sub(waiting.count());
        let may = |it: &&Message| {
            let before = it.planned.after;
            it.state == State::ToPlace && before.is_none_or(|it| settled.contains(&it))
        };
        let next = self.messages.iter().filter(may).take(room);
        next.map(|it| it.planned.number).collect()
    }

    /// What is to be placed under a number.
    pub fn planned(&self, number: u32) -> Option<&Planned> {
        self.get(number).map(|it| &it.planned)
    }

    /// A message was placed.
    pub fn placed(&mut self, number: u32, at: Timestamp) {
        if let Some(message) = self.get_mut(number) {
            message.state = State::Placed(at);
        }
    }

    /// A message could not be placed. The reason holds no patient data.
    pub fn not_placed(&mut self, number: u32, why: &str) {
        if let Some(message) = self.get_mut(number) {
            message.state = State::NotPlaced(why.chars().take(300).collect());
        }
    }

    /// The receiving system took a message.
    pub fn taken(&mut self, number: u32, at: Timestamp) {
        if let Some(message) = self.get_mut(number) {
            message.taken.get_or_insert(at);
        }
    }

    /// Takes an answer in. Says which message it answers; none where it answers none of them, and then belongs to
    /// somebody else.
    pub fn answered(&mut self, mut answer: Answer) -> Option<u32> {
        let Some(index) = self.find(&answer) else {
            self.unusable(answer.incoming.at, "it answers no message of this run");
            return None;
        };
        let at = answer.incoming.at;
        let message = self.messages.get_mut(index)?;
        super::judge::compare(&self.settings, &message.planned, &mut answer);
        let number = message.planned.number;
        if message.answers.len() < MOST_ANSWERS {
            message.answers.push(answer);
        } else {
            message.beyond += 1;
        }
        self.last_answer = self.last_answer.max(Some(at));
        Some(number)
    }

    /// Something came on a workflow of answers that cannot be read as one.
    pub fn unreadable(&mut self, incoming: &Incoming) {
        self.unusable(incoming.at, "it cannot be read as an acknowledgement");
    }

    /// Something came that cannot be looked into.
    pub fn unusable(&mut self, at: Timestamp, what: &'static str) {
        if self.strays.len() < MOST_STRAYS {
            self.strays.push(Stray { at, what });
        }
    }

    /// Whether a workflow is one that answers to this run come on.
    pub fn is_answered_on(&self, workflow: &str) -> bool {
        let mut all = self.messages.iter().map(|it| &it.planned.workflow);
        all.any(|it| it.acknowledgement().as_str() == workflow.trim())
    }

    /// Whether nothing more is to be placed or waited for.
    pub fn is_over(&self, now: Timestamp) -> bool {
        let settled = self.settled(now);
        let is_done = |it: &Message| match it.state {
            State::ToPlace => false,
            State::NotPlaced(_) => true,
            State::Placed(_) => settled.contains(&it.planned.number),
        };
        let linger = LINGER.min(self.settings.answer_within);
        let is_quiet = self
            .last_answer
            .is_none_or(|at| now.duration_since(at) >= linger);
        self.messages.iter().all(is_done) && is_quiet
    }

    /// Whether so long nothing came that what is not answered counts as missing.
    pub(super) fn is_given_up(&self, message: &Message, now: Timestamp) -> bool {
        let State::Placed(at) = message.state else {
            return false;
        };
        let since = self.last_answer.map_or(at, |last| last.max(at));
        now.duration_since(since) >= self.settings.answer_within
    }

    /// The messages for which nothing more is waited for, by number.
    fn settled(&self, now: Timestamp) -> BTreeSet<u32> {
        let is_settled = |it: &&Message| match it.state {
            State::ToPlace => false,
            State::NotPlaced(_) => true,
            State::Placed(_) => it.is_answered() || self.is_given_up(it, now),
        };
        let settled = self.messages.iter().filter(is_settled);
        settled.map(|it| it.planned.number).collect()
    }

    fn get(&self, number: u32) -> Option<&Message> {
        self.messages.get(index_of(number)?)
    }

    fn get_mut(&mut self, number: u32) -> Option<&mut Message> {
        self.messages.get_mut(index_of(number)?)
    }
}

/// Messages are numbered from 1 in their order.
fn index_of(number: u32) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1)
}
