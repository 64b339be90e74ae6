//! The letters that are kept, and to which of them an event belongs.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use journey::{AnswerClass, Event, Step};
use nhs::{MailboxId, MessageId};

use super::letter::{Answer, Letter, Origin, Report};
use super::pair::{KeptPair, Pair};
use super::requests::Asked;
use super::stage::Stage;

/// Letters kept at most; the oldest are forgotten first.
const LETTERS: usize = 20;
/// Bytes of their files kept at most; those of the oldest are forgotten first.
const BYTES: usize = 32 * 1024 * 1024;
/// Messages kept at most of which it is not known yet whose they are.
const UNKNOWN: usize = 64;
/// Steps kept of each of those at most.
const STEPS: usize = 16;

/// What was heard of a message of which it is not known yet whose it is.
#[derive(Default)]
struct Unknown {
    steps: Vec<Step>,
    requests: Vec<(Stage, Arc<Asked>)>,
}

/// The letters that are kept.
pub(super) struct Kept {
    /// The mailboxes of sending and receiving practice.
    own: [MailboxId; 2],
    heard: u64,
    letters: VecDeque<Letter>,
    /// Messages that a practice has not yet said to be letters of its own, and answers of which it is not known yet
    /// what they answer.
    unknown: VecDeque<(MessageId, Unknown)>,
}

impl Kept {
    pub(super) fn new(own: [MailboxId; 2]) -> Self {
        Self {
            own,
            heard: 0,
            letters: VecDeque::new(),
            unknown: VecDeque::new(),
        }
    }

    /// How many letters were heard of since the start.
    pub(super) fn heard(&self) -> u64 {
        self.heard
    }

    /// The letters, those that began latest first.
    pub(super) fn latest_first(&self) -> Vec<Letter> {
        let mut letters: Vec<Letter> = self.letters.iter().cloned().collect();
        // one that repeats another is heard of only when it has arrived
        letters.sort_by_key(|letter| Reverse((letter.started(), letter.number)));
        letters
    }

    pub(super) fn written(&mut self, header_id: &str, at: Timestamp) {
        self.with_header(header_id, |letter| {
            letter.written.get_or_insert(at);
        });
    }

    pub(super) fn sent(&mut self, header_id: &str, message: &MessageId) {
        let heard = self.take_unknown(message);
        self.with_header(header_id, |letter| letter.message = Some(message.clone()));
        self.replay(message, heard);
    }

    pub(super) fn unsent(&mut self, mailbox: &MailboxId, at: Timestamp) {
        let origin = self.origin(mailbox);
        let waiting = self.letters.iter_mut().filter(|letter| {
            letter.origin == origin && letter.message.is_none() && letter.report.is_none()
        });
        waiting.for_each(|letter| letter.keep_unsent(at));
    }

    pub(super) fn failed(&mut self, header_id: &str, code: &str, at: Timestamp) {
        // a refusing answer is told as an answer
        if code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_digit()) {
            return;
        }
        self.with_header(header_id, |letter| {
            let report = letter.report.get_or_insert_with(|| Report {
                id: None,
                code: code.to_owned(),
                made: at,
                home: None,
            });
            report.home.get_or_insert(at);
        });
    }

    pub(super) fn answering(
        &mut self,
        message: &MessageId,
        class: AnswerClass,
        code: u32,
        at: Timestamp,
    ) {
        let Some(letter) = self.of_message(message) else {
            return;
        };
        let answer = letter.answer_mut(class);
        answer.code.get_or_insert(code);
        answer.placed.get_or_insert(at);
    }

    pub(super) fn keep(&mut self, header_id: &str, pair: Pair) {
        self.with_header(header_id, |letter| {
            letter.pair = Some(Arc::new(KeptPair::new(pair)))
        });
        self.bound_bytes();
    }

    /// Whether a message is a letter whose header is known.
    pub(super) fn knows_header(&self, message: &MessageId) -> bool {
        let mut letters = self.letters.iter();
        letters.any(|letter| letter.message.as_ref() == Some(message) && letter.header_id.is_some())
    }

    /// The files as the receiver has them, with the header's id where it was not known.
    pub(super) fn keep_received(
        &mut self,
        message: &MessageId,
        received: KeptPair,
        header_id: Option<String>,
    ) {
        if self.of_message(message).is_none()
            && let Some(header_id) = &header_id
        {
            self.find_repeated(message, header_id);
        }
        let Some(letter) = self.of_message(message) else {
            return;
        };
        if letter.header_id.is_none() {
            letter.header_id = header_id;
        }
        letter.pair.get_or_insert_with(|| Arc::new(received));
        self.bound_bytes();
    }

    /// Makes a letter of a message that repeats one: the same header, sent as another message. A letter of which the
    /// practice has not heard yet that it is sent is taken for it instead.
    fn find_repeated(&mut self, message: &MessageId, header_id: &str) {
        let is_same = |letter: &&mut Letter| letter.header_id.as_deref() == Some(header_id);
        let Some(first) = self.letters.iter_mut().find(is_same) else {
            return;
        };
        if first.message.is_none() {
            first.message = Some(message.clone());
        } else {
            let number = first.number;
            let mut copy = self.begin(Origin::Sender);
            copy.repeats = Some(number);
            copy.header_id = Some(header_id.to_owned());
            copy.message = Some(message.clone());
            self.add(copy);
        }
        let heard = self.take_unknown(message);
        self.replay(message, heard);
    }

    /// Takes a step to the letter it belongs to: its own, or the one that its message answers or reports.
    pub(super) fn note(&mut self, step: Step) {
        let message = step.event.message().clone();
        // the practice ties each answer to its consultation, and a copy has none of its own
        if let Event::Answered {
            code,
            carrier: Some(carrier),
            ..
        } = &step.event
            && let Some(answer) = self.answer_in(carrier)
        {
            answer.code.get_or_insert(*code);
            answer.home.get_or_insert(step.at);
            return;
        }
        if let Some(letter) = self.of_message(&message) {
            note_own(letter, step);
        } else if !self.note_answer(&message, &step) && !self.note_report(&message, &step) {
            self.note_new(message, step);
        }
    }

    /// Takes a request to the letter whose message it sent or collected; the request that sent an answer says which
    /// letter that answers.
    pub(super) fn asked(&mut self, message: &MessageId, stage: Stage, asked: Arc<Asked>) {
        if let Some(letter) = self.of_message(message) {
            letter.keep_request(stage, asked);
        } else if let Some((class, letter)) = self.answered_letter(&asked) {
            let answer = letter.answer_mut(class);
            if answer.carrier.is_none() {
                answer.carrier = Some(message.clone());
                let heard = self.take_unknown(message);
                self.replay(message, heard);
            }
        } else if let Some(unknown) = self.unknown(message) {
            unknown.requests.push((stage, asked));
            unknown.requests.truncate(STEPS);
        }
    }

    fn replay(&mut self, message: &MessageId, heard: Unknown) {
        for step in heard.steps {
            self.note(step);
        }
        for (stage, asked) in heard.requests {
            self.asked(message, stage, asked);
        }
    }

    /// A step of a message that answers a letter.
    fn note_answer(&mut self, carrier: &MessageId, step: &Step) -> bool {
        let mut letters = self.letters.iter_mut();
        let Some(letter) = letters.find(|letter| letter.is_answered_by(carrier)) else {
            return false;
        };
        let from_visitor = matches!(letter.origin, Origin::Visitor(_));
        if let Some(answer) = letter.carried_by(carrier) {
            let moment = match step.event {
                Event::Accepted { .. } => &mut answer.accepted,
                Event::Downloaded { .. } => &mut answer.collected,
                Event::Acknowledged { .. } if from_visitor => &mut answer.home,
                _ => return true,
            };
            moment.get_or_insert(step.at);
        }
        true
    }

    /// The letter that an answer is about: the practice's own reference names the letter's header,
    /// `infAck-…` or `busAck-…`.
    fn answered_letter(&mut self, asked: &Asked) -> Option<(AnswerClass, &mut Letter)> {
        let (kind, header_id) = asked.header("mex-localid")?.split_once('-')?;
        let class = match kind {
            "infAck" => AnswerClass::Infrastructure,
            "busAck" => AnswerClass::Business,
            _ => return None,
        };
        let mut letters = self.letters.iter_mut();
        // where a letter was repeated: the one whose answer was placed and not sent yet
        let letter = letters.find(|letter| {
            let answer = letter.answer(class);
            letter.header_id.as_deref() == Some(header_id)
                && answer.carrier.is_none()
                && answer.placed.is_some()
        })?;
        Some((class, letter))
    }

    /// A step of the exchange's report about a letter.
    fn note_report(&mut self, report: &MessageId, step: &Step) -> bool {
        let mut reports = self
            .letters
            .iter_mut()
            .filter_map(|letter| letter.report.as_mut());
        let Some(known) = reports.find(|known| known.id.as_ref() == Some(report)) else {
            return false;
        };
        if matches!(step.event, Event::Downloaded { .. }) {
            known.home.get_or_insert(step.at);
        }
        true
    }

    /// A step of a message that nobody has spoken of: the visitor's letter, or a practice's, which will say so.
    fn note_new(&mut self, message: MessageId, step: Step) {
        if let Event::Accepted {
            sender, workflow, ..
        } = &step.event
            && let origin @ Origin::Visitor(_) = self.origin(sender)
            && !workflow.as_str().ends_with("_ACK")
        {
            let mut letter = self.begin(origin);
            letter.message = Some(message);
            note_own(&mut letter, step);
            self.add(letter);
        } else if let Some(unknown) = self.unknown(&message)
            && unknown.steps.len() < STEPS
        {
            unknown.steps.push(step);
        }
    }

    fn unknown(&mut self, message: &MessageId) -> Option<&mut Unknown> {
        let known = self.unknown.iter().position(|(id, _)| id == message);
        let place = known.unwrap_or_else(|| {
            if self.unknown.len() >= UNKNOWN {
                self.unknown.pop_front();
            }
            self.unknown
                .push_back((message.clone(), Unknown::default()));
            self.unknown.len() - 1
        });
        self.unknown.get_mut(place).map(|(_, unknown)| unknown)
    }

    fn take_unknown(&mut self, message: &MessageId) -> Unknown {
        let place = self.unknown.iter().position(|(id, _)| id == message);
        let taken = place.and_then(|place| self.unknown.remove(place));
        taken.map(|(_, unknown)| unknown).unwrap_or_default()
    }

    /// The answer that a message carries.
    fn answer_in(&mut self, carrier: &MessageId) -> Option<&mut Answer> {
        let mut letters = self.letters.iter_mut();
        letters.find_map(|letter| letter.carried_by(carrier))
    }

    fn of_message(&mut self, message: &MessageId) -> Option<&mut Letter> {
        let mut letters = self.letters.iter_mut();
        letters.find(|letter| letter.message.as_ref() == Some(message))
    }

    /// Changes the practice's letter with this header, which is new if nobody has spoken of it.
    fn with_header(&mut self, header_id: &str, change: impl FnOnce(&mut Letter)) {
        let is_it = |letter: &&mut Letter| {
            letter.header_id.as_deref() == Some(header_id) && letter.repeats.is_none()
        };
        if let Some(letter) = self.letters.iter_mut().find(is_it) {
            return change(letter);
        }
        let mut letter = self.begin(Origin::Sender);
        letter.header_id = Some(header_id.to_owned());
        change(&mut letter);
        self.add(letter);
    }

    fn begin(&mut self, origin: Origin) -> Letter {
        self.heard += 1;
        Letter::new(self.heard, origin)
    }

    fn add(&mut self, letter: Letter) {
        if self.letters.len() >= LETTERS {
            self.letters.pop_front();
        }
        self.letters.push_back(letter);
    }

    fn origin(&self, mailbox: &MailboxId) -> Origin {
        let [sender, receiver] = &self.own;
        if mailbox == sender {
            Origin::Sender
        } else if mailbox == receiver {
            Origin::Receiver
        } else {
            Origin::Visitor(mailbox.clone())
        }
    }

    fn bound_bytes(&mut self) {
        let mut kept = 0;
        for letter in self.letters.iter_mut().rev() {
            kept += letter.pair.as_ref().map_or(0, |pair| pair.size());
            if kept > BYTES {
                letter.pair = None;
            }
        }
    }
}

/// A step of the letter itself.
fn note_own(letter: &mut Letter, step: Step) {
    match &step.event {
        Event::Reported { report, code, .. } => {
            letter.report.get_or_insert_with(|| Report {
                id: Some(report.clone()),
                code: code.clone(),
                made: step.at,
                home: None,
            });
        }
        Event::Answered {
            class,
            code,
            carrier,
            ..
        } => {
            let answer = letter.answer_mut(*class);
            answer.code.get_or_insert(*code);
            answer.home.get_or_insert(step.at);
            if answer.carrier.is_none() {
                answer.carrier.clone_from(carrier);
            }
        }
        Event::Downloaded { .. } if letter.begun(Stage::Collected).is_some() => {}
        _ => letter.keep(step),
    }
}
