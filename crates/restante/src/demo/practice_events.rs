//! Turns what a practice's MESH client and GP system tell into steps of its messages' journeys. A
//! practice knows a consultation before the exchange has given its message an id; the two are
//! joined here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use exchange_console::Journeys;
use gp_system::ConsultationId;
use jiff::Timestamp;
use journey::{AnswerClass, Event, Place, Step};
use nhs::MessageId;

use super::reports::{Reports, What};

/// Consultations remembered of one practice; the demo's hands send no more.
const MOST: usize = 10_000;

/// Who is told of the steps of one practice. Cheap to clone.
#[derive(Clone)]
pub struct PracticeEvents {
    place: Place,
    journeys: Journeys,
    follower: Reports,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    written: HashMap<ConsultationId, Timestamp>,
    sent: HashMap<ConsultationId, MessageId>,
    /// What the GP system took last: what it tells next is about that.
    taken: Option<MessageId>,
}

impl PracticeEvents {
    /// For the practice of this name: tells the console's journeys and the demo's follower.
    pub fn new(name: &str, journeys: Journeys, follower: Reports) -> Self {
        Self {
            place: Place::Practice(name.to_owned()),
            journeys,
            follower,
            known: Arc::default(),
        }
    }

    /// A step of the practice's MESH client.
    pub fn client(&self, event: &mesh_client::agent::Event) {
        use mesh_client::agent::Event as Client;
        let now = self.journeys.now();
        match event {
            Client::Sent { message, .. } => {
                let message = message.clone();
                self.tell(now, None, Event::Sent { message });
            }
            Client::Published {
                message,
                report: false,
                ..
            } => {
                let message = message.clone();
                self.tell(now, None, Event::Published { message });
            }
            _ => {}
        }
    }

    /// A step of the practice's GP system.
    pub fn gp_system(&self, event: &gp_system::Event) {
        use gp_system::Event as Practice;
        let now = self.journeys.now();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Practice::Placed { consultation, .. } => {
                if known.written.len() < MOST {
                    known.written.insert(*consultation, now);
                }
                self.follower.send(What::Written(*consultation));
            }
            Practice::Sent {
                consultation,
                transport,
            } => {
                let Some(message) = transport.as_deref().and_then(id) else {
                    return;
                };
                if let Some(at) = known.sent(*consultation, message.clone()) {
                    self.tell(at, Some(*consultation), Event::Written { message });
                }
            }
            Practice::MessageTaken { transport } => {
                known.taken = transport.as_deref().and_then(id);
                if let Some(message) = known.taken.clone() {
                    self.tell(now, None, Event::Taken { message });
                }
            }
            Practice::TaskRaised { .. } => {
                if let Some(message) = known.taken.clone() {
                    self.tell(now, None, Event::TaskRaised { message });
                }
            }
            Practice::AcknowledgementReceived {
                consultation: Some(consultation),
                class,
                code,
            } => {
                if let Some(answered) = known.answered(*consultation, *class, *code) {
                    self.tell(now, Some(*consultation), answered);
                }
            }
            Practice::Failed { consultation, code } => {
                let code = code.clone();
                self.follower.send(What::Failed(*consultation, code));
            }
            _ => {}
        }
    }

    fn tell(&self, at: Timestamp, consultation: Option<ConsultationId>, event: Event) {
        let place = self.place.clone();
        self.follower.send(What::Event {
            place: place.clone(),
            consultation,
            event: event.clone(),
        });
        self.journeys.note(Step { at, place, event });
    }
}

impl Known {
    /// Keeps the id the exchange gave; says when the message was written.
    fn sent(&mut self, consultation: ConsultationId, message: MessageId) -> Option<Timestamp> {
        if self.sent.len() < MOST {
            self.sent.insert(consultation, message);
        }
        self.written.remove(&consultation)
    }

    fn answered(
        &self,
        consultation: ConsultationId,
        class: gp_system::AnswerClass,
        code: u32,
    ) -> Option<Event> {
        Some(Event::Answered {
            message: self.sent.get(&consultation)?.clone(),
            class: match class {
                gp_system::AnswerClass::Infrastructure => AnswerClass::Infrastructure,
                gp_system::AnswerClass::Business => AnswerClass::Business,
            },
            code,
            positive: gp_system::is_positive_answer(code),
            carrier: self.taken.clone(),
        })
    }
}

fn id(text: &str) -> Option<MessageId> {
    MessageId::parse(text).ok()
}
