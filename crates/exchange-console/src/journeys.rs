use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use exchange::{Event, Observer};
use jiff::Timestamp;
use nhs::{Clock, MailboxId, MessageId};
use pages::Live;

use crate::rates::{Minute, Rates};

/// So many messages are remembered, the latest ones.
const MESSAGES: usize = 5_000;
/// So many steps of one message; a message of many chunks has many alike, which are not kept.
const STEPS: usize = 40;

/// What happened to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// A practice wrote it into OUT.
    Written,
    /// The exchange has all of it.
    Accepted,
    /// The sender's client put it into SENT.
    Sent,
    /// It is known which practice the patient is registered with.
    Routed,
    /// That could not be said yet.
    RoutingDelayed,
    /// It is in its recipient's inbox.
    Delivered,
    /// Its recipient began to download it.
    Downloaded,
    /// The recipient's client put it into IN.
    Published,
    /// Its recipient acknowledged it to the exchange.
    Acknowledged,
    /// The receiving practice took it out of IN.
    Taken,
    /// The receiving practice has a workflow task for it.
    TaskRaised,
    /// The sending practice has an acknowledgement of it.
    Answered,
    /// It failed, and its sender was told.
    Failed,
    /// Nobody collected it.
    Expired,
}

/// One step. Ids and codes only, never patient data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: StepKind,
    /// Where: `exchange`, or a practice's name.
    pub place: String,
    /// A mailbox, practice, code or other message; may be empty.
    pub detail: String,
}

/// What the last messages went through, in memory, by message id; and how many a minute. Heard from
/// the exchange as its [`Observer`], and from practices that run in the same process by
/// [`Journeys::note`]. Cheap to clone.
#[derive(Clone)]
pub struct Journeys {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Arc<dyn Clock>,
    live: Live,
    next: Arc<dyn Observer>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    steps: HashMap<MessageId, Vec<Step>>,
    order: VecDeque<MessageId>,
    rates: Rates,
}

impl Journeys {
    /// Remembers from now on, tells open pages of every change, and passes each event on.
    pub fn new(clock: Arc<dyn Clock>, live: Live, next: Arc<dyn Observer>) -> Self {
        Self {
            inner: Arc::new(Inner {
                clock,
                live,
                next,
                kept: Mutex::default(),
            }),
        }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Tells open pages of changes.
    pub fn live(&self) -> &Live {
        &self.inner.live
    }

    /// Notes a step of a message.
    pub fn note(&self, message: &MessageId, step: Step) {
        {
            let mut kept = self.kept();
            kept.rates.count(&step);
            kept.keep(message, step);
        }
        self.inner.live.changed();
    }

    /// The steps of a message in order of time; empty when it is not remembered.
    pub(crate) fn steps(&self, message: &MessageId) -> Vec<Step> {
        let mut steps = self.kept().steps.get(message).cloned().unwrap_or_default();
        steps.sort_by_key(|step| step.at);
        steps
    }

    /// The last hour, minute by minute, the present one last.
    pub(crate) fn minutes(&self) -> Vec<Minute> {
        let now = self.now();
        self.kept().rates.minutes(now)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.inner
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn at_exchange(&self, message: &MessageId, kind: StepKind, detail: String) {
        let step = Step {
            at: self.now(),
            kind,
            place: EXCHANGE.to_owned(),
            detail,
        };
        self.note(message, step);
    }
}

/// Where the exchange's own steps happen.
pub(crate) const EXCHANGE: &str = "exchange";

impl Kept {
    fn keep(&mut self, message: &MessageId, step: Step) {
        if !self.steps.contains_key(message) {
            if self.order.len() >= MESSAGES
                && let Some(oldest) = self.order.pop_front()
            {
                self.steps.remove(&oldest);
            }
            self.order.push_back(message.clone());
        }
        let steps = self.steps.entry(message.clone()).or_default();
        if step.kind == StepKind::Delivered
            && let Some(accepted) = steps.iter().find(|step| step.kind == StepKind::Accepted)
        {
            self.rates.delivered_after(step.at, accepted.at);
        }
        let repeats = matches!(step.kind, StepKind::Downloaded | StepKind::RoutingDelayed);
        let known = |known: &Step| known.kind == step.kind && known.place == step.place;
        if steps.len() < STEPS && !(repeats && steps.iter().any(known)) {
            steps.push(step);
        }
    }
}

impl Observer for Journeys {
    fn observe(&self, event: &Event) {
        self.inner.next.observe(event);
        let mailbox = MailboxId::to_string;
        match event {
            Event::Accepted {
                message, sender, ..
            } => self.at_exchange(message, StepKind::Accepted, mailbox(sender)),
            Event::Routed { message, practice } => {
                self.at_exchange(message, StepKind::Routed, practice.to_string());
            }
            Event::RoutingDelayed { message } => {
                self.at_exchange(message, StepKind::RoutingDelayed, String::new());
            }
            Event::Delivered { message, recipient } => {
                self.at_exchange(message, StepKind::Delivered, mailbox(recipient));
            }
            Event::Downloaded { message, by, .. } => {
                self.at_exchange(message, StepKind::Downloaded, mailbox(by));
            }
            Event::Acknowledged { message, by } => {
                self.at_exchange(message, StepKind::Acknowledged, mailbox(by));
            }
            Event::Reported { message, code, .. } => {
                self.at_exchange(message, StepKind::Failed, code.clone());
            }
            Event::Expired { message } => {
                self.at_exchange(message, StepKind::Expired, String::new());
            }
        }
    }
}
