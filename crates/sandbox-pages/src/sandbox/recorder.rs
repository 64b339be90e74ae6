//! What the sandbox's page remembers of requests and messages, in memory and bounded.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use journey::{Event, Observer, Place, Step, Work};
use mesh_server::{RequestWatcher, WatchedRequest};
use nhs::{Clock, MessageId};
use pages::Live;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;

use super::look::Look;
use super::request::{Asked, Refused};

/// Messages of which request, steps and findings are remembered, and that the page lists.
pub(crate) const MESSAGES: usize = 500;
/// Refused requests that are remembered.
pub(crate) const REFUSALS: usize = 500;
/// Bytes of bodies of refused requests, together; beyond them the oldest lose theirs.
const BODIES: usize = 64 * 1024 * 1024;
/// Steps kept of one message.
const STEPS: usize = 40;

/// Hears what happens in a sandbox: as the watcher of the MESH API's requests and as the exchange's observer. Cheap to
/// clone.
#[derive(Clone)]
pub struct Recorder {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Arc<dyn Clock>,
    live: Live,
    next: Arc<dyn Observer>,
    kept: Mutex<Kept>,
    /// One more with each thing that happened.
    version: watch::Sender<u64>,
}

#[derive(Default)]
struct Kept {
    messages: HashMap<MessageId, Noted>,
    order: VecDeque<MessageId>,
    refused: VecDeque<Arc<Refused>>,
    refusals: u64,
    body_bytes: usize,
}

/// What is remembered of a message.
#[derive(Default, Clone)]
struct Noted {
    sent: Option<Arc<Asked>>,
    steps: Vec<Step>,
    look: Option<Arc<Look>>,
}

impl Recorder {
    /// Remembers from now on, tells open pages of every change, and passes each event on.
    pub fn new(clock: Arc<dyn Clock>, live: Live, next: Arc<dyn Observer>) -> Self {
        Self {
            inner: Arc::new(Inner {
                clock,
                live,
                next,
                kept: Mutex::default(),
                version: watch::Sender::new(1),
            }),
        }
    }

    /// Tells open pages of changes.
    pub fn live(&self) -> &Live {
        &self.inner.live
    }

    /// Something changed that was not heard, such as a message that was deleted.
    pub(crate) fn changed(&self) {
        self.inner.version.send_modify(|version| *version += 1);
        self.inner.live.changed();
    }

    /// Told of each change.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.inner.version.subscribe()
    }

    /// The refused requests, the latest first.
    pub(crate) fn refusals(&self) -> Vec<Arc<Refused>> {
        self.kept().refused.iter().rev().cloned().collect()
    }

    /// A refused request by its number.
    pub(crate) fn refusal(&self, number: u64) -> Option<Arc<Refused>> {
        let kept = self.kept();
        let mut all = kept.refused.iter();
        all.find(|refused| refused.number == number).cloned()
    }

    /// Forgets a refused request; false when there is none of this number.
    pub(crate) fn forget_refusal(&self, number: u64) -> bool {
        let mut kept = self.kept();
        let before = kept.refused.len();
        kept.refused.retain(|refused| refused.number != number);
        kept.count_bodies();
        let found = kept.refused.len() < before;
        drop(kept);
        self.changed();
        found
    }

    /// Forgets all refused requests.
    pub(crate) fn forget_refusals(&self) {
        let mut kept = self.kept();
        kept.refused.clear();
        kept.body_bytes = 0;
        drop(kept);
        self.changed();
    }

    /// Forgets what is remembered of all messages.
    pub(crate) fn forget_messages(&self) {
        let mut kept = self.kept();
        kept.messages.clear();
        kept.order.clear();
    }

    /// The request that sent a message, where it was heard.
    pub(crate) fn sent(&self, message: &MessageId) -> Option<Arc<Asked>> {
        self.kept().messages.get(message)?.sent.clone()
    }

    /// The steps of a message in order of time.
    pub(crate) fn steps(&self, message: &MessageId) -> Vec<Step> {
        let kept = self.kept();
        let noted = kept.messages.get(message);
        let mut steps = noted.map(|noted| noted.steps.clone()).unwrap_or_default();
        steps.sort_by_key(|step| step.at);
        steps
    }

    /// What was found in a message when it was last looked into.
    pub(crate) fn look(&self, message: &MessageId) -> Option<Arc<Look>> {
        self.kept().messages.get(message)?.look.clone()
    }

    /// Keeps what was found in a message.
    pub(crate) fn keep_look(&self, message: &MessageId, look: Arc<Look>) {
        self.kept().noted(message).look = Some(look);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.inner.kept.lock()
    }
}

impl Kept {
    fn noted(&mut self, message: &MessageId) -> &mut Noted {
        if !self.messages.contains_key(message) {
            if self.order.len() >= MESSAGES
                && let Some(oldest) = self.order.pop_front()
            {
                self.messages.remove(&oldest);
            }
            self.order.push_back(message.clone());
        }
        self.messages.entry(message.clone()).or_default()
    }

    fn step(&mut self, step: Step) {
        let steps = &mut self.noted(step.event.message()).steps;
        let may_repeat = matches!(
            step.event,
            Event::Downloaded { .. } | Event::RoutingDelayed { .. }
        );
        if steps.len() < STEPS && !(may_repeat && steps.iter().any(|known| step.repeats(known))) {
            steps.push(step);
        }
    }

    fn refuse(&mut self, request: WatchedRequest) {
        self.refusals += 1;
        if self.refused.len() >= REFUSALS {
            self.refused.pop_front();
        }
        self.refused.push_back(Arc::new(Refused {
            number: self.refusals,
            asked: Asked::of(&request),
            refusal: request.refusal,
            body: request.body,
            body_bytes: request.body_bytes,
        }));
        self.count_bodies();
        self.shed_bodies();
    }

    fn count_bodies(&mut self) {
        self.body_bytes = self.refused.iter().map(|refused| refused.body.len()).sum();
    }

    /// The oldest refused requests lose their bodies while all take too much.
    fn shed_bodies(&mut self) {
        let mut over = self.body_bytes.saturating_sub(BODIES);
        for refused in &mut self.refused {
            let length = refused.body.len();
            if over == 0 {
                break;
            }
            if length > 0 {
                // Whoever looks at it now keeps what they have.
                Arc::make_mut(refused).body = Vec::new();
                self.body_bytes = self.body_bytes.saturating_sub(length);
                over = over.saturating_sub(length);
            }
        }
    }
}

impl Observer for Recorder {
    fn observe(&self, event: &Event) {
        self.inner.next.observe(event);
        let step = Step {
            at: self.inner.clock.now(),
            place: Place::Exchange,
            event: event.clone(),
        };
        self.kept().step(step);
        self.changed();
    }

    fn carry(&self, work: Work) -> Work {
        self.inner.next.carry(work)
    }
}

impl RequestWatcher for Recorder {
    fn answered(&self, request: WatchedRequest) {
        if request.status.is_client_error() || request.status.is_server_error() {
            self.kept().refuse(request);
            self.changed();
        } else if let Some(message) = accepted(&request) {
            let asked = Arc::new(Asked::of(&request));
            let mut kept = self.kept();
            let noted = kept.noted(&message);
            // Only the first request of a message says whom it is for.
            if noted.sent.is_none() {
                noted.sent = Some(asked);
            }
            drop(kept);
            self.changed();
        }
    }
}

/// The id of the message that a request sent.
fn accepted(request: &WatchedRequest) -> Option<MessageId> {
    let json: serde_json::Value = serde_json::from_slice(&request.answer).ok()?;
    let names = ["message_id", "messageID"];
    let id = names.iter().find_map(|name| json.get(name)?.as_str())?;
    MessageId::parse(id).ok()
}
