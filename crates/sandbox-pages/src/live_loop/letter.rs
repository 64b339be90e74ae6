//! One letter: what happened to it, at which moment.

use std::sync::Arc;

use itk3::ResponseCode;
use jiff::{SignedDuration, Timestamp};
use journey::{AnswerClass, Event, Step};
use nhs::{MailboxId, MessageId};

use super::pair::{self, About, KeptPair};
use super::requests::Asked;
use super::stage::Stage;

/// Steps kept of one letter at most.
const STEPS: usize = 60;
/// Vain tries kept of one letter at most; the latest ones.
const TRIES: usize = 12;

/// What fails within this time is one try.
const ONE_TRY: SignedDuration = SignedDuration::from_millis(100);

/// Where a letter comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The demo's sending practice.
    Sender,
    /// The demo's receiving practice, which may write, too.
    Receiver,
    /// Another mailbox: the visitor's.
    Visitor(MailboxId),
}

/// A letter and what happened to it.
#[derive(Clone)]
pub(crate) struct Letter {
    /// Counts from 1 since the start.
    pub(crate) number: u64,
    pub(crate) origin: Origin,
    /// The id of the message's header, which answers name.
    pub(crate) header_id: Option<String>,
    /// The id the exchange gave.
    pub(crate) message: Option<MessageId>,
    pub(crate) written: Option<Timestamp>,
    pub(crate) steps: Vec<Step>,
    /// When the client could not send it.
    pub(crate) unsent: Vec<Timestamp>,
    /// Vain tries before those.
    forgotten: usize,
    answers: [Answer; 2],
    pub(crate) report: Option<Report>,
    pub(crate) pair: Option<Arc<KeptPair>>,
    /// The requests that led to steps: the send, and the latest download.
    pub(crate) requests: Vec<(Stage, Arc<Asked>)>,
    /// The letter that it repeats, by its number: the same header in another message.
    pub(crate) repeats: Option<u64>,
}

/// One of the two answers to a letter.
#[derive(Clone, Default)]
pub(crate) struct Answer {
    pub(crate) code: Option<u32>,
    /// In OUT at the receiving practice.
    pub(crate) placed: Option<Timestamp>,
    /// At the exchange.
    pub(crate) accepted: Option<Timestamp>,
    /// Being collected by the sender.
    pub(crate) collected: Option<Timestamp>,
    /// At the sender's GP system.
    pub(crate) home: Option<Timestamp>,
    /// The message that carries it.
    pub(crate) carrier: Option<MessageId>,
}

/// The exchange's report that a letter will not arrive.
#[derive(Clone)]
pub(crate) struct Report {
    pub(crate) id: Option<MessageId>,
    pub(crate) code: String,
    pub(crate) made: Timestamp,
    /// When the sender began to collect it.
    pub(crate) home: Option<Timestamp>,
}

/// A try to route a letter that had no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delay {
    pub(crate) at: Timestamp,
    pub(crate) tries: u32,
    pub(crate) next_at: Timestamp,
}

impl Answer {
    /// When it was first heard of.
    pub(crate) fn begun(&self) -> Option<Timestamp> {
        let moments = [self.placed, self.accepted, self.collected, self.home];
        moments.into_iter().flatten().min()
    }

    /// Whether its code is good news; unknown codes are not.
    pub(crate) fn is_positive(&self) -> bool {
        self.code.is_some_and(is_positive)
    }

    /// Whether it has been said, at a moment, that the letter is refused or the patient not known.
    pub(crate) fn is_negative(&self) -> bool {
        self.code.is_some_and(|code| !is_positive(code))
    }
}

/// Whether a response code is good news.
pub(crate) fn is_positive(code: u32) -> bool {
    ResponseCode::parse(&code.to_string()).is_some_and(ResponseCode::is_positive)
}

impl Letter {
    pub(crate) fn new(number: u64, origin: Origin) -> Self {
        Self {
            number,
            origin,
            header_id: None,
            message: None,
            written: None,
            steps: Vec::new(),
            unsent: Vec::new(),
            forgotten: 0,
            answers: Default::default(),
            report: None,
            pair: None,
            requests: Vec::new(),
            repeats: None,
        }
    }

    pub(crate) fn answer(&self, class: AnswerClass) -> &Answer {
        let [infrastructure, business] = &self.answers;
        match class {
            AnswerClass::Infrastructure => infrastructure,
            AnswerClass::Business => business,
        }
    }

    pub(crate) fn answer_mut(&mut self, class: AnswerClass) -> &mut Answer {
        let [infrastructure, business] = &mut self.answers;
        match class {
            AnswerClass::Infrastructure => infrastructure,
            AnswerClass::Business => business,
        }
    }

    pub(crate) fn answers(&self) -> &[Answer; 2] {
        &self.answers
    }

    /// Whether a message carries one of its answers.
    pub(crate) fn is_answered_by(&self, carrier: &MessageId) -> bool {
        let mut answers = self.answers.iter();
        answers.any(|answer| answer.carrier.as_ref() == Some(carrier))
    }

    /// The answer that a message carries.
    pub(crate) fn carried_by(&mut self, carrier: &MessageId) -> Option<&mut Answer> {
        let mut answers = self.answers.iter_mut();
        answers.find(|answer| answer.carrier.as_ref() == Some(carrier))
    }

    pub(crate) fn keep(&mut self, step: Step) {
        let is_try = matches!(step.event, Event::RoutingDelayed { .. });
        if is_try && self.delays().count() >= TRIES {
            let first = |known: &Step| matches!(known.event, Event::RoutingDelayed { .. });
            if let Some(oldest) = self.steps.iter().position(first) {
                self.steps.remove(oldest);
            }
        }
        if self.steps.len() < STEPS {
            self.steps.push(step);
        }
    }

    pub(crate) fn keep_unsent(&mut self, at: Timestamp) {
        // a failed send and the failed poll around it are one try
        if let Some(last) = self.unsent.last()
            && at.duration_since(*last) < ONE_TRY
        {
            return;
        }
        if self.unsent.len() >= TRIES {
            self.unsent.remove(0);
            self.forgotten += 1;
        }
        self.unsent.push(at);
    }

    /// Keeps the request that a step came of; a later one of the same stage takes its place.
    pub(crate) fn keep_request(&mut self, stage: Stage, asked: Arc<Asked>) {
        self.requests.retain(|(known, _)| *known != stage);
        self.requests.push((stage, asked));
    }

    /// When the first step was taken that passes the test.
    pub(crate) fn first(&self, is: impl Fn(&Event) -> bool) -> Option<Timestamp> {
        let taken = self.steps.iter().filter(|step| is(&step.event));
        taken.map(|step| step.at).min()
    }

    /// The tries to route it that had no answer.
    pub(crate) fn delays(&self) -> impl Iterator<Item = Delay> {
        self.steps.iter().filter_map(|step| match step.event {
            Event::RoutingDelayed { tries, next_at, .. } => Some(Delay {
                at: step.at,
                tries,
                next_at,
            }),
            _ => None,
        })
    }

    /// When the letter began: that is where its times count from.
    pub(crate) fn started(&self) -> Timestamp {
        let begun = self.requests.iter().map(|(_, asked)| asked.begun);
        let steps = self.steps.iter().map(|step| step.at);
        let all = self.written.into_iter().chain(begun).chain(steps);
        all.min().unwrap_or_default()
    }

    /// The last moment at which something happened.
    pub(crate) fn last(&self) -> Timestamp {
        self.moments()
            .last()
            .copied()
            .unwrap_or_else(|| self.started())
    }

    /// When a stage was over.
    pub(crate) fn done(&self, stage: Stage) -> Option<Timestamp> {
        match stage {
            Stage::Written => self.written.or_else(|| {
                let begun = self.requests.iter().map(|(_, asked)| asked.begun).min();
                begun.or_else(|| self.done(Stage::Sent))
            }),
            Stage::Sent => self.first(|event| matches!(event, Event::Accepted { .. })),
            Stage::Traced => self.steps.iter().find_map(|step| match step.event {
                Event::Routed { found_at, .. } => Some(found_at),
                _ => None,
            }),
            Stage::Found => self.first(|event| matches!(event, Event::Delivered { .. })),
            Stage::Collected => self
                .first(|event| matches!(event, Event::Published { .. }))
                .or_else(|| self.first(|event| matches!(event, Event::Acknowledged { .. }))),
            Stage::Task => self
                .first(|event| matches!(event, Event::TaskRaised { .. }))
                .or_else(|| {
                    let first = self.answer(AnswerClass::Infrastructure);
                    first.placed.filter(|_| first.is_positive())
                }),
            Stage::Infrastructure => self.answer(AnswerClass::Infrastructure).home,
            Stage::Business => self.answer(AnswerClass::Business).home,
        }
    }

    /// When a stage was entered, where that is told apart from its end.
    pub(crate) fn begun(&self, stage: Stage) -> Option<Timestamp> {
        match stage {
            Stage::Collected => self.first(|event| matches!(event, Event::Downloaded { .. })),
            Stage::Task => self.first(|event| matches!(event, Event::Taken { .. })),
            Stage::Infrastructure => self.answer(AnswerClass::Infrastructure).begun(),
            Stage::Business => self.answer(AnswerClass::Business).begun(),
            _ => None,
        }
    }

    /// Where the letter stopped for good, when, and the code that says why.
    pub(crate) fn stopped(&self) -> Option<(Stage, Timestamp, String)> {
        if let Some(report) = &self.report {
            let stage = match report.code.as_str() {
                "EPL-150" | "EPL-151" => Stage::Found,
                code if code.starts_with("EPL-") => Stage::Traced,
                _ if self.done(Stage::Found).is_some() => Stage::Collected,
                _ if self.done(Stage::Sent).is_some() => Stage::Traced,
                _ => Stage::Sent,
            };
            return Some((stage, report.made, report.code.clone()));
        }
        let answer = self.answer(AnswerClass::Infrastructure);
        let code = answer.code.filter(|_| answer.is_negative())?;
        Some((Stage::Task, answer.begun()?, code.to_string()))
    }

    /// How often a stage is tried in vain at a moment, and when it is tried next where that is known.
    pub(crate) fn held(&self, at: Timestamp) -> Option<(Stage, usize, Option<Timestamp>)> {
        if self.done(Stage::Sent).is_none_or(|sent| sent > at) {
            let tries = self.unsent.iter().filter(|tried| **tried <= at).count();
            return (tries > 0).then_some((Stage::Sent, tries + self.forgotten, None));
        }
        if self.done(Stage::Traced).is_some_and(|traced| traced <= at) || self.is_stopped_by(at) {
            return None;
        }
        let last = self.delays().filter(|delay| delay.at <= at).last()?;
        let tries = usize::try_from(last.tries).unwrap_or(usize::MAX);
        Some((Stage::Traced, tries, Some(last.next_at)))
    }

    fn is_stopped_by(&self, at: Timestamp) -> bool {
        self.stopped().is_some_and(|(_, stopped, _)| stopped <= at)
    }

    /// Each moment at which the map changes, in order.
    pub(crate) fn moments(&self) -> Vec<Timestamp> {
        let mut moments = vec![self.started()];
        for stage in Stage::ALL {
            moments.extend(self.done(stage));
            moments.extend(self.begun(stage));
        }
        for answer in &self.answers {
            moments.extend(answer.placed);
            moments.extend(answer.accepted);
            moments.extend(answer.collected);
        }
        if let Some(report) = &self.report {
            moments.push(report.made);
            moments.extend(report.home);
        }
        moments.extend(self.unsent.iter().copied());
        moments.extend(self.delays().map(|delay| delay.at));
        moments.sort_unstable();
        moments.dedup();
        moments
    }

    /// Whether nothing more is awaited.
    pub(crate) fn is_over(&self) -> bool {
        if let Some(report) = &self.report {
            return report.home.is_some();
        }
        let [infrastructure, business] = &self.answers;
        match infrastructure.home {
            None => false,
            Some(_) if infrastructure.is_negative() => true,
            Some(_) => business.home.is_some(),
        }
    }

    /// What is known of its content: from its files once they were looked at, else from its address.
    pub(crate) fn about(&self) -> About {
        if let Some(about) = self.pair.as_ref().and_then(|kept| kept.known()) {
            return about.clone();
        }
        let sent = self.requests.iter().find_map(|(_, asked)| {
            let to = asked.header("mex-to")?;
            pair::of_address(to)
        });
        sent.unwrap_or_default()
    }
}
