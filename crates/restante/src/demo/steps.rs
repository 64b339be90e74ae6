//! Joins what the practices' clients and GP systems tell to the exchange's message ids, for the
//! console's journeys.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use exchange_console::{Journeys, Step, StepKind};
use gp_system::{AnswerClass, ConsultationId};
use jiff::Timestamp;
use nhs::MessageId;

/// Consultations remembered of one practice; the demo's hands send no more.
const MOST: usize = 10_000;

/// The steps of one practice. Cheap to clone.
#[derive(Clone)]
pub struct Steps {
    place: &'static str,
    journeys: Journeys,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    written: HashMap<ConsultationId, Timestamp>,
    sent: HashMap<ConsultationId, MessageId>,
    /// What the GP system took last: what it tells next is about that.
    taken: Option<MessageId>,
}

impl Steps {
    pub fn of(place: &'static str, journeys: Journeys) -> Self {
        Self {
            place,
            journeys,
            known: Arc::default(),
        }
    }

    fn note(&self, message: &MessageId, kind: StepKind, at: Timestamp, detail: String) {
        let step = Step {
            at,
            kind,
            place: self.place.to_owned(),
            detail,
        };
        self.journeys.note(message, step);
    }

    /// A step of the practice's MESH client.
    pub fn client(&self, event: &mesh_client::agent::Event) {
        use mesh_client::agent::Event;
        let now = self.journeys.now();
        match event {
            Event::Sent { message, .. } => {
                self.note(message, StepKind::Sent, now, String::new());
            }
            Event::Published {
                message,
                report: false,
                ..
            } => self.note(message, StepKind::Published, now, String::new()),
            _ => {}
        }
    }

    /// A step of the practice's GP system.
    pub fn gp_system(&self, event: &gp_system::Event) {
        use gp_system::Event;
        let now = self.journeys.now();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Placed { consultation, .. } if known.written.len() < MOST => {
                known.written.insert(*consultation, now);
            }
            Event::Sent {
                consultation,
                transport,
            } => {
                let Some(message) = transport.as_deref().and_then(id) else {
                    return;
                };
                if let Some(at) = known.written.remove(consultation) {
                    self.note(&message, StepKind::Written, at, String::new());
                }
                if known.sent.len() < MOST {
                    known.sent.insert(*consultation, message);
                }
            }
            Event::MessageTaken { transport } => {
                known.taken = transport.as_deref().and_then(id);
                if let Some(message) = &known.taken {
                    self.note(message, StepKind::Taken, now, String::new());
                }
            }
            Event::TaskRaised { .. } => {
                if let Some(message) = &known.taken {
                    self.note(message, StepKind::TaskRaised, now, String::new());
                }
            }
            Event::AcknowledgementReceived {
                consultation: Some(consultation),
                class,
                code,
            } => {
                let kind = match class {
                    AnswerClass::Infrastructure => "infrastructure",
                    AnswerClass::Business => "business",
                };
                let carrier = known.taken.as_ref().map(MessageId::as_str);
                let detail = format!("{code} ({kind}) in {}", carrier.unwrap_or_default());
                if let Some(message) = known.sent.get(consultation) {
                    self.note(message, StepKind::Answered, now, detail.trim().to_owned());
                }
            }
            _ => {}
        }
    }
}

fn id(text: &str) -> Option<MessageId> {
    MessageId::parse(text).ok()
}
