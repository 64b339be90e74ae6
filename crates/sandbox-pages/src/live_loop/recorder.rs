//! Hears what happens in the demo and keeps the journeys of its last letters, with what they carried.

use std::sync::Arc;

use jiff::Timestamp;
use journey::{AnswerClass, Event, Observer, Place, Step, Work};
use nhs::{Clock, MailboxId, MessageId};
use pages::Live;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::kept::Kept;
use super::letter::Letter;
use super::pair::{KeptPair, Pair};
use super::places::Mailboxes;
use super::requests::Asked;
use super::stage::Stage;
use super::visits::Visits;

/// Keeps the journeys of the demo's last 20 letters in memory, with files and headers, and tells open pages of changes.
/// It is an [`Observer`] of the exchange, passes every event on, and is shown the requests of the MESH API as its
/// [`RequestWatcher`](mesh_server::RequestWatcher); what a practice does it is told by the other methods. Cheap to
/// clone; for test data only.
#[derive(Clone)]
pub struct Recorder {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Arc<dyn Clock>,
    live: Live,
    next: Arc<dyn Observer>,
    visitor: MailboxId,
    kept: Mutex<Kept>,
    visits: Mutex<Visits>,
    /// How many letters were heard of.
    heard: watch::Sender<u64>,
}

impl Recorder {
    /// Remembers from now on, tells open pages of every change, and passes each event of the exchange on.
    pub fn new(
        mailboxes: Mailboxes,
        clock: Arc<dyn Clock>,
        live: Live,
        next: Arc<dyn Observer>,
    ) -> Self {
        let own = [mailboxes.sender, mailboxes.receiver];
        Self {
            inner: Arc::new(Inner {
                clock,
                live,
                next,
                visitor: mailboxes.visitor,
                kept: Mutex::new(Kept::new(own)),
                visits: Mutex::default(),
                heard: watch::Sender::new(0),
            }),
        }
    }

    /// A practice's letter is in OUT; the id of its message's header names it.
    pub fn written(&self, header_id: &str) {
        let now = self.now();
        self.change(|kept| kept.written(header_id, now));
    }

    /// The exchange gave a practice's letter this id.
    pub fn sent(&self, header_id: &str, message: &MessageId) {
        self.change(|kept| kept.sent(header_id, message));
    }

    /// The client of a practice could not reach the exchange, so that what waits in OUT is not sent.
    pub fn unsent(&self, mailbox: &MailboxId) {
        let now = self.now();
        self.change(|kept| kept.unsent(mailbox, now));
    }

    /// A step of a practice.
    pub fn note(&self, step: Step) {
        self.change(|kept| kept.note(step));
    }

    /// A practice answers a letter: the answer is in OUT.
    pub fn answering(&self, message: &MessageId, class: AnswerClass, code: u32) {
        let now = self.now();
        self.change(|kept| kept.answering(message, class, code, now));
    }

    /// A practice was told that its letter will not arrive.
    pub fn failed(&self, header_id: &str, code: &str) {
        let now = self.now();
        self.change(|kept| kept.failed(header_id, code, now));
    }

    /// The files of a practice's letter.
    pub fn keep(&self, header_id: &str, pair: Pair) {
        self.change(|kept| kept.keep(header_id, pair));
    }

    /// The files of a letter as its receiver has them; they change nothing where the files are known.
    pub fn keep_received(&self, message: &MessageId, pair: Pair) {
        let received = KeptPair::new(pair);
        // a large letter is read before the lock is taken
        let is_known = self.inner.kept.lock().knows_header(message);
        let header_id = if is_known { None } else { received.header_id() };
        self.change(|kept| kept.keep_received(message, received, header_id));
    }

    /// The present moment.
    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Tells open pages of changes.
    pub fn live(&self) -> &Live {
        &self.inner.live
    }

    /// The letters that are kept, the latest first.
    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.inner.kept.lock().latest_first()
    }

    /// What was heard of the visitor's system.
    pub(crate) fn visits(&self) -> Visits {
        self.inner.visits.lock().clone()
    }

    /// The visitor's mailbox.
    pub(crate) fn visitor(&self) -> &MailboxId {
        &self.inner.visitor
    }

    /// A request was answered that led to a step of a message.
    pub(crate) fn asked(&self, message: &MessageId, stage: Stage, asked: Asked) {
        self.change(|kept| kept.asked(message, stage, Arc::new(asked)));
    }

    /// A request of the visitor's was answered; with the true reason where it was refused.
    pub(crate) fn visited(&self, asked: &Asked, refusal: Option<String>) {
        let changed = self.inner.visits.lock().heard(asked, refusal);
        if changed {
            self.inner.live.changed();
        }
    }

    /// How many letters were heard of since the start.
    pub(crate) fn heard(&self) -> u64 {
        *self.inner.heard.borrow()
    }

    /// Waits until more letters were heard of than `before`.
    pub(crate) async fn next_letter(&self, before: u64) {
        // the sender lives as long as this recorder
        _ = self
            .inner
            .heard
            .subscribe()
            .wait_for(|heard| *heard > before)
            .await;
    }

    fn change(&self, how: impl FnOnce(&mut Kept)) {
        let heard = {
            let mut kept = self.inner.kept.lock();
            how(&mut kept);
            kept.heard()
        };
        self.inner.heard.send_if_modified(|known| {
            let is_new = *known != heard;
            *known = heard;
            is_new
        });
        self.inner.live.changed();
    }
}

impl Observer for Recorder {
    fn observe(&self, event: &Event) {
        let step = Step {
            at: self.now(),
            place: Place::Exchange,
            event: event.clone(),
        };
        self.change(|kept| kept.note(step));
        self.inner.next.observe(event);
    }

    fn carry(&self, work: Work) -> Work {
        self.inner.next.carry(work)
    }
}
