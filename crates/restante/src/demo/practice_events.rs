//! Turns what a practice's MESH client and GP system tell into steps of its messages' journeys. A
//! practice knows a consultation before the exchange has given its message an id; the two are
//! joined here.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use exchange::Exchange;
use exchange_console::Journeys;
use gp_system::ConsultationId;
use jiff::Timestamp;
use journey::{AnswerClass, Event, Place, Step};
use nhs::MessageId;
use parking_lot::Mutex;
use sandbox_pages::live_loop::{Pair, Recorder};

use super::live_loop;
use super::reports::{Reports, What};

/// Consultations remembered of one practice; the demo's hands send no more.
const MOST: usize = 10_000;

/// Who is told of the steps of one practice. Cheap to clone.
#[derive(Clone)]
pub struct PracticeEvents {
    place: Place,
    /// The practice's directory, with `sent/` and `received/`.
    home: PathBuf,
    heard: HeardBy,
    known: Arc<Mutex<Known>>,
}

/// Who is told: the console's journeys, the recorder of the live loop, and the demo's follower.
#[derive(Clone)]
pub struct HeardBy {
    pub journeys: Journeys,
    /// Keeps the steps beside its messages.
    pub exchange: Option<Exchange>,
    pub recorder: Recorder,
    pub follower: Reports,
}

#[derive(Default)]
struct Known {
    written: HashMap<ConsultationId, Timestamp>,
    /// The header's id of each consultation's latest version.
    headers: HashMap<ConsultationId, String>,
    sent: HashMap<ConsultationId, MessageId>,
    /// What the GP system took last: what it tells next is about that.
    taken: Option<MessageId>,
}

impl PracticeEvents {
    /// For the practice of this name in this directory.
    pub fn new(name: &str, home: PathBuf, heard: HeardBy) -> Self {
        Self {
            place: Place::Practice(name.to_owned()),
            home,
            heard,
            known: Arc::default(),
        }
    }

    /// A step of the practice's MESH client.
    pub fn client(&self, event: &mesh_client::agent::Event) {
        use mesh_client::agent::Event as Client;
        let now = self.heard.journeys.now();
        match event {
            Client::Delayed { mailbox }
            | Client::LoginRefused { mailbox }
            | Client::PollFailed { mailbox } => {
                self.heard.recorder.unsent(mailbox);
            }
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
        let now = self.heard.journeys.now();
        let recorder = &self.heard.recorder;
        let mut known = self.known.lock();
        match event {
            Practice::Placed {
                consultation,
                message,
            } => {
                if known.written.len() < MOST {
                    known.written.insert(*consultation, now);
                    known.headers.insert(*consultation, message.clone());
                }
                recorder.written(message);
                if let Some(pair) = self.sent_pair(*consultation) {
                    recorder.keep(message, pair);
                }
                self.heard.follower.send(What::Written(*consultation));
            }
            Practice::Sent {
                consultation,
                transport,
            } => {
                let Some(message) = transport.as_deref().and_then(id) else {
                    return;
                };
                if let Some(header) = known.headers.get(consultation) {
                    recorder.sent(header, &message);
                }
                if let Some(at) = known.sent(*consultation, message.clone()) {
                    self.tell(at, Some(*consultation), Event::Written { message });
                }
            }
            Practice::MessageTaken { transport } => {
                known.taken = transport.as_deref().and_then(id);
                if let Some(message) = known.taken.clone() {
                    let kept = self.home.join("received").join(message.as_str());
                    if let Some(pair) = live_loop::pair(&kept) {
                        recorder.keep_received(&message, pair);
                    }
                    self.tell(now, None, Event::Taken { message });
                }
            }
            Practice::Acknowledged { class, code } => {
                if let Some(message) = &known.taken {
                    recorder.answering(message, class_of(*class), *code);
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
                if let Some(header) = known.headers.get(consultation) {
                    recorder.failed(header, code);
                }
                let code = code.clone();
                self.heard.follower.send(What::Failed(*consultation, code));
            }
            _ => {}
        }
    }

    fn tell(&self, at: Timestamp, consultation: Option<ConsultationId>, event: Event) {
        let place = self.place.clone();
        self.heard.follower.send(What::Event {
            place: place.clone(),
            consultation,
            event: event.clone(),
        });
        let step = Step { at, place, event };
        self.heard.recorder.note(step.clone());
        if let Some(exchange) = &self.heard.exchange {
            exchange.note_step(step.clone());
        }
        self.heard.journeys.changed();
    }

    /// The practice's copy of a letter that it sent: its name ends in the consultation's id, and in the version.
    fn sent_pair(&self, consultation: ConsultationId) -> Option<Pair> {
        let wanted = consultation.to_string().to_ascii_uppercase();
        let entries = std::fs::read_dir(self.home.join("sent")).ok()?;
        let of_it = entries.flatten().take(MOST).map(|entry| entry.path());
        let of_it = of_it.filter(|path| {
            let name = path.file_stem().and_then(|name| name.to_str());
            path.extension().is_some_and(|ending| ending == "dat")
                && name.is_some_and(|name| name.contains(&wanted))
        });
        // the latest version
        let latest = of_it.max_by_key(|path| path.metadata().and_then(|it| it.modified()).ok())?;
        live_loop::pair(&latest.with_extension(""))
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
            class: class_of(class),
            code,
            positive: gp_system::is_positive_answer(code),
            carrier: self.taken.clone(),
        })
    }
}

fn class_of(class: gp_system::AnswerClass) -> AnswerClass {
    match class {
        gp_system::AnswerClass::Infrastructure => AnswerClass::Infrastructure,
        gp_system::AnswerClass::Business => AnswerClass::Business,
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
    use sandbox_pages::live_loop::Mailboxes;
    use tokio::sync::mpsc::UnboundedReceiver;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::demo::reports::Heard;

    const LETTER: &str = "20261122100000000000_AAAAAA";
    const ANSWER: &str = "20261122100100000000_BBBBBB";

    fn practice() -> (PracticeEvents, UnboundedReceiver<Heard>) {
        let live = Live::new(CancellationToken::new());
        let clock = Arc::new(SystemClock);
        let journeys = Journeys::new(clock.clone(), live.clone(), Arc::new(()));
        let mailbox = |id: &str| MailboxId::parse(id).unwrap();
        let mailboxes = Mailboxes {
            sender: mailbox("A81001OT001"),
            receiver: mailbox("A20047OT001"),
            visitor: mailbox("Y90001OT001"),
        };
        let recorder = Recorder::new(mailboxes, clock, live, Arc::new(()));
        let (follower, reports) = Reports::new();
        let heard = HeardBy {
            journeys,
            exchange: None,
            recorder,
            follower,
        };
        let home = PathBuf::from("/nowhere");
        (PracticeEvents::new("Starling", home, heard), reports)
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
