//! Puts what is heard of exchange, partner and sender into the run, in the order in which it happened.

use std::collections::HashMap;
use std::sync::Arc;

use exchange::Exchange;
use fhir::Budget;
use jiff::{SignedDuration, Timestamp};
use journey::Event;
use mesh::ControlFile;
use nhs::{Clock, MailboxId, MessageId, SystemClock, WorkflowId};
use pages::Live;
use parking_lot::Mutex;
use rehearsal::sender::{Answer, Arrival, Arrived, Run, Sent, Way};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::demo::reports::{Heard as Reported, What};

use super::content;
use super::watcher::{Handed, Heard, is_of};

/// Messages of which not all was heard yet, at most.
const MOST_PENDING: usize = 1_000;
/// Events kept of one of them.
const EVENTS: usize = 40;

/// The run and who is told of its changes. Cheap to clone.
#[derive(Clone)]
pub struct Shared {
    pub run: Arc<Mutex<Run>>,
    pub live: Live,
    changed: watch::Sender<u64>,
    asked: Arc<Mutex<Option<Timestamp>>>,
}

impl Shared {
    pub fn new(run: Run, live: Live) -> Self {
        Self {
            run: Arc::new(Mutex::new(run)),
            live,
            changed: watch::Sender::new(0),
            asked: Arc::default(),
        }
    }

    /// Told of each change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Something changed.
    pub fn note_change(&self) {
        self.changed.send_modify(|version| *version += 1);
        self.live.changed();
    }

    /// When the system on trial last asked for something.
    pub fn last_asked(&self) -> Option<Timestamp> {
        *self.asked.lock()
    }
}

/// Whose messages are which.
pub struct Keeper {
    pub exchange: Exchange,
    pub shared: Shared,
    /// The mailbox on trial.
    pub trial: MailboxId,
    pub partner: MailboxId,
    pub stated_way: Option<Way>,
    pending: HashMap<MessageId, Pending>,
    way: Option<Way>,
}

#[derive(Default)]
struct Pending {
    handed: Option<Handed>,
    is_whole: bool,
    events: Vec<(Timestamp, Event)>,
}

impl Keeper {
    pub fn new(
        exchange: Exchange,
        shared: Shared,
        (trial, partner): (MailboxId, MailboxId),
        stated_way: Option<Way>,
    ) -> Self {
        Self {
            exchange,
            shared,
            trial,
            partner,
            stated_way,
            pending: HashMap::new(),
            way: None,
        }
    }

    /// Listens until the end.
    pub async fn listen(
        mut self,
        mut requests: UnboundedReceiver<Heard>,
        mut reports: UnboundedReceiver<Reported>,
        shutdown: CancellationToken,
    ) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                Some(heard) = requests.recv() => self.request(heard).await,
                Some(reported) = reports.recv() => {
                    if let What::Event { event, .. } = reported.what {
                        self.event(event).await;
                    }
                }
            }
            self.shared.note_change();
        }
    }

    async fn request(&mut self, heard: Heard) {
        match heard {
            Heard::Asked { mailbox, at, way } if is_of(&mailbox, &self.trial) => {
                *self.shared.asked.lock() = Some(at);
                // who sends both ways is taken for a client: its control files say more
                if self.way != Some(Way::Client) {
                    self.way = way.or(self.way);
                }
            }
            Heard::Handed(handed) if is_of(&handed.mailbox, &self.trial) => {
                let is_answer = is_acknowledgement(&handed.sent.workflow);
                if !is_answer && self.pending.len() < MOST_PENDING {
                    let id = handed.message.clone();
                    self.pending.entry(id.clone()).or_default().handed = Some(*handed);
                    self.take_if_whole(&id).await;
                }
            }
            Heard::Asked { .. } | Heard::Handed(_) => {}
        }
    }

    async fn event(&mut self, event: Event) {
        let at = SystemClock.now();
        match &event {
            Event::Accepted {
                message,
                sender,
                workflow,
            } if *sender == self.trial && !is_acknowledgement(workflow.as_str()) => {
                if self.pending.len() < MOST_PENDING {
                    self.pending.entry(message.clone()).or_default().is_whole = true;
                    self.take_if_whole(&message.clone()).await;
                }
            }
            Event::Accepted {
                message,
                sender,
                workflow,
            } if *sender == self.partner && is_acknowledgement(workflow.as_str()) => {
                self.answer(message, at).await;
            }
            _ => match self.pending.get_mut(event.message()) {
                Some(pending) => {
                    if pending.events.len() < EVENTS {
                        pending.events.push((at, event));
                    }
                }
                None => self.tell(at, &event),
            },
        }
    }

    /// Takes a message in once its headers and all of it are known.
    async fn take_if_whole(&mut self, id: &MessageId) {
        let is_ready = |it: &Pending| it.is_whole && it.handed.is_some();
        if !self.pending.get(id).is_some_and(is_ready) {
            return;
        }
        let Some(Pending {
            handed: Some(handed),
            events,
            ..
        }) = self.pending.remove(id)
        else {
            return;
        };
        let bytes = content::of(&self.exchange, id).await.unwrap_or_default();
        let way = self.stated_way.or(self.way).unwrap_or(Way::Api);
        let arrived = Arrived {
            message_id: id.to_string(),
            at: SystemClock.now(),
            mailbox: self.trial.to_string(),
            way,
            control: control(way, &handed),
            sent: handed.sent,
            bytes,
            asked_at_page: None,
        };
        let run = Arc::clone(&self.shared.run);
        // a large message is judged on a thread of its own
        let taken = tokio::task::spawn_blocking(move || {
            let until = Timestamp::now() + SignedDuration::from_secs(message_check::CHECK_SECONDS);
            let in_time = || Timestamp::now() < until;
            take_in(&run, arrived, &in_time);
        });
        if taken.await.is_err() {
            tracing::error!("a message of the rehearsal could not be judged");
        }
        for (at, event) in events {
            self.tell(at, &event);
        }
    }

    fn tell(&self, at: Timestamp, event: &Event) {
        let mut run = self.shared.run.lock();
        let id = event.message().as_str();
        match event {
            Event::Routed { practice, .. } => run.routed(id, practice, at),
            Event::Reported { code, .. } => run.failed(id, code, at),
            Event::Delivered { recipient, .. } => {
                run.step(id, at, "delivered", recipient.to_string());
            }
            Event::Acknowledged { by, .. } if *by == self.trial => run.collected(id, at),
            Event::Acknowledged { by, .. } => run.step(id, at, "collected", by.to_string()),
            Event::TaskRaised { .. } => run.step(id, at, "task raised", String::new()),
            Event::Answered { code, .. } => run.matched(id, &code.to_string(), at),
            _ => {}
        }
    }

    async fn answer(&mut self, message: &MessageId, at: Timestamp) {
        let Some(bytes) = content::of(&self.exchange, message).await else {
            return;
        };
        // an answer that is cut off on purpose cannot be read
        let read = message_check::read(&bytes).ok();
        let read = read.and_then(|it| itk3::acknowledgement::read(&it.root).ok());
        let code = read.as_ref().map(|it| it.code.code().to_owned());
        let code = code.unwrap_or_else(|| "unreadable".to_owned());
        let answer = Answer {
            kind: if code.starts_with('3') { "bus" } else { "inf" },
            code,
            message_id: message.to_string(),
            bytes,
            collected: None,
            matched: None,
        };
        let header = read.as_ref().and_then(|it| it.in_response_to.as_deref());
        self.shared.run.lock().answered(header, answer, at);
    }
}

/// Reads and checks a message while others look at the run, for that may take seconds, and puts it into the run.
fn take_in(run: &Mutex<Run>, mut arrived: Arrived, in_time: &dyn Fn() -> bool) {
    let ruleset = {
        let mut run = run.lock();
        // what the page asks for from now on is for the message after this one
        arrived.asked_at_page = run.take_asked();
        run.settings().ruleset
    };
    let arrival = Arrival::of(arrived, ruleset, &Budget::of(in_time));
    run.lock().arrived(arrival);
}

/// The control file as its client handed it over, or the headers.
fn control(way: Way, handed: &Handed) -> Vec<u8> {
    let sent: &Sent = &handed.sent;
    let ids = (
        MailboxId::parse(&sent.from),
        WorkflowId::parse(&sent.workflow),
    );
    match (way, ids) {
        (Way::Client, (Ok(from), Ok(workflow))) => ControlFile {
            subject: Some(sent.subject.clone()),
            local_id: Some(sent.local_id.clone()),
            ..ControlFile::data(&from, &sent.to, &workflow)
        }
        .write(),
        _ => handed.headers.clone(),
    }
}

fn is_acknowledgement(workflow: &str) -> bool {
    workflow.trim().to_ascii_uppercase().ends_with("_ACK")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::cell::Cell;

    use nhs::OdsCode;
    use rehearsal::sender::RunSettings;
    use send_document::Ruleset;

    use super::*;

    #[test]
    fn the_run_is_free_while_a_message_is_judged() {
        let at: Timestamp = "2026-11-28T09:00:00Z".parse().unwrap();
        let run = Mutex::new(Run::new(RunSettings {
            ruleset: Ruleset::V2_0,
            partner: OdsCode::parse("A20047").unwrap(),
            left_out: Default::default(),
            any_number: false,
            started: at,
        }));
        run.lock().answer_next_as("20009");
        let text = "a letter";
        let arrived = Arrived {
            message_id: "1".to_owned(),
            at,
            mailbox: "Y90001OT001".to_owned(),
            way: Way::Api,
            sent: Sent {
                from: text.to_owned(),
                to: text.to_owned(),
                subject: text.to_owned(),
                workflow: text.to_owned(),
                local_id: text.to_owned(),
            },
            bytes: MESSAGE.as_bytes().to_vec(),
            control: Vec::new(),
            asked_at_page: None,
        };
        let (asked, free) = (Cell::new(0), Cell::new(true));
        take_in(&run, arrived, &|| {
            asked.set(asked.get() + 1);
            free.set(free.get() && run.try_lock().is_some());
            true
        });
        assert!(asked.get() > 0, "judged without a look at the clock");
        assert!(free.get(), "the page waits for the judging");
        let run = run.into_inner();
        assert_eq!(run.arrivals()[0].keyword.as_deref(), Some("20009"));
    }

    const MESSAGE: &str =
        "<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"message\"/></Bundle>";
}
