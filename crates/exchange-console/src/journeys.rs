//! What the last messages went through, kept in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use journey::{Event, Observer, Place, Step, Work};
use nhs::{Clock, MessageId};
use pages::Live;
use parking_lot::{Mutex, MutexGuard};

/// Messages remembered at most; the oldest are forgotten first.
const MESSAGES: usize = 5_000;
/// Steps kept of one message at most; of those that repeat, such as a chunk downloaded, only the first is kept.
const STEPS: usize = 40;

/// What the last messages went through, in memory, by message id. Heard from
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
    pub fn note(&self, step: Step) {
        {
            let mut kept = self.kept();
            kept.keep(step);
        }
        self.inner.live.changed();
    }

    /// The steps of a message in order of time; empty when it is not remembered.
    pub(crate) fn steps(&self, message: &MessageId) -> Vec<Step> {
        let mut steps = self.kept().steps.get(message).cloned().unwrap_or_default();
        steps.sort_by_key(|step| step.at);
        steps
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.inner.kept.lock()
    }
}

impl Kept {
    fn keep(&mut self, step: Step) {
        let message = step.event.message();
        if !self.steps.contains_key(message) {
            if self.order.len() >= MESSAGES
                && let Some(oldest) = self.order.pop_front()
            {
                self.steps.remove(&oldest);
            }
            self.order.push_back(message.clone());
        }
        let steps = self.steps.entry(message.clone()).or_default();
        let may_repeat = matches!(
            step.event,
            Event::Downloaded { .. } | Event::RoutingDelayed { .. }
        );
        if steps.len() < STEPS && !(may_repeat && steps.iter().any(|known| step.repeats(known))) {
            steps.push(step);
        }
    }
}

impl Observer for Journeys {
    fn observe(&self, event: &Event) {
        self.inner.next.observe(event);
        self.note(Step {
            at: self.now(),
            place: Place::Exchange,
            event: event.clone(),
        });
    }

    fn carry(&self, work: Work) -> Work {
        self.inner.next.carry(work)
    }
}
