//! Turns what a practice's MESH client and GP system tell into steps of its messages' journeys. A
//! practice knows a consultation before the exchange has given its message an id; the two are
//! joined here.

use std::collections::HashMap;
use std::sync::Arc;

use exchange_console::Journeys;
use gp_system::ConsultationId;
use jiff::Timestamp;
use journey::{AnswerClass, Event, Place, Step};
use nhs::MessageId;
use parking_lot::Mutex;

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
        let mut known = self.known.lock();
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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use gp_system::{AnswerClass as Class, Event as Practice, TaskId};
    use nhs::{MailboxId, SystemClock, WorkflowId};
    use pages::Live;
    use tokio::sync::mpsc::UnboundedReceiver;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::demo::reports::Heard;

    const LETTER: &str = "20261122100000000000_AAAAAA";
    const ANSWER: &str = "20261122100100000000_BBBBBB";

    fn practice() -> (PracticeEvents, UnboundedReceiver<Heard>) {
        let live = Live::new(CancellationToken::new());
        let journeys = Journeys::new(Arc::new(SystemClock), live, Arc::new(()));
        let (reports, heard) = Reports::new();
        (PracticeEvents::new("Starling", journeys, reports), heard)
    }

    fn consultation(digit: char) -> ConsultationId {
        let text = format!("00000000-0000-4000-8000-00000000000{digit}");
        ConsultationId::parse(&text).unwrap()
    }

    fn message(id: &str) -> MessageId {
        MessageId::parse(id).unwrap()
    }

    /// The steps that were reported, each with the consultation it was said to belong to.
    fn steps(heard: &mut UnboundedReceiver<Heard>) -> Vec<(Option<ConsultationId>, Event)> {
        std::iter::from_fn(|| heard.try_recv().ok())
            .filter_map(|heard| match heard.what {
                What::Event {
                    place,
                    consultation,
                    event,
                } => {
                    assert_eq!(place, Place::Practice("Starling".to_owned()));
                    Some((consultation, event))
                }
                What::Written(_) | What::Failed(..) => None,
            })
            .collect()
    }

    #[test]
    fn a_consultation_and_its_answer_are_told_under_the_ids_the_exchange_gave() {
        let (practice, mut heard) = practice();
        let ours = consultation('1');
        practice.gp_system(&Practice::Placed {
            consultation: ours,
            message: "the id of its header".to_owned(),
        });
        assert!(matches!(
            heard.try_recv().unwrap().what,
            What::Written(written) if written == ours
        ));
        practice.client(&mesh_client::agent::Event::Sent {
            mailbox: MailboxId::parse("A81001OT001").unwrap(),
            message: message(LETTER),
            workflow: WorkflowId::parse("GPFED_CONSULT_REPORT").unwrap(),
        });
        practice.gp_system(&Practice::Sent {
            consultation: ours,
            transport: Some(LETTER.to_owned()),
        });
        practice.gp_system(&Practice::MessageTaken {
            transport: Some(ANSWER.to_owned()),
        });
        for (class, code) in [(Class::Infrastructure, 20_013), (Class::Business, 30_002)] {
            practice.gp_system(&Practice::AcknowledgementReceived {
                consultation: Some(ours),
                class,
                code,
            });
        }
        let answered = |class, code, positive| Event::Answered {
            message: message(LETTER),
            class,
            code,
            positive,
            carrier: Some(message(ANSWER)),
        };
        let expected = [
            (
                None,
                Event::Sent {
                    message: message(LETTER),
                },
            ),
            (
                Some(ours),
                Event::Written {
                    message: message(LETTER),
                },
            ),
            (
                None,
                Event::Taken {
                    message: message(ANSWER),
                },
            ),
            (
                Some(ours),
                answered(AnswerClass::Infrastructure, 20_013, true),
            ),
            (Some(ours), answered(AnswerClass::Business, 30_002, false)),
        ];
        assert_eq!(steps(&mut heard), expected);
    }

    #[test]
    fn a_task_belongs_to_the_message_taken_last_and_an_unknown_answer_to_none() {
        let (practice, mut heard) = practice();
        let task = TaskId::parse("00000000-0000-4000-8000-000000000009").unwrap();
        practice.gp_system(&Practice::TaskRaised { task });
        practice.gp_system(&Practice::AcknowledgementReceived {
            consultation: Some(consultation('2')),
            class: Class::Business,
            code: 30_001,
        });
        assert_eq!(steps(&mut heard), [], "no message is known yet");
        practice.gp_system(&Practice::MessageTaken {
            transport: Some(LETTER.to_owned()),
        });
        practice.gp_system(&Practice::TaskRaised { task });
        let message = message(LETTER);
        let expected = [
            (
                None,
                Event::Taken {
                    message: message.clone(),
                },
            ),
            (None, Event::TaskRaised { message }),
        ];
        assert_eq!(steps(&mut heard), expected);
    }
}
