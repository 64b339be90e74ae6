//! Follows one consultation through the six steps and both acknowledgements.

use std::time::{Duration, Instant};

use gp_system::ConsultationId;
use journey::{AnswerClass, Event, Place};
use nhs::MessageId;
use tokio::sync::mpsc;
use tokio::time::timeout_at;

use crate::error::Error;
use crate::output::Format;

use super::practices::PracticeIdentity;
use super::printing;
use super::reports::{Heard, What};
use super::steps::{Outcome, Step};

/// What the demo waits for, in this order.
const WAITED_FOR: [&str; 8] = [
    "step 1 (GP system writes the message)",
    "step 2 (MESH client sends it)",
    "step 3 (PDS names the registered practice)",
    "step 4 (endpoint lookup and delivery)",
    "step 5 (MESH client collects it)",
    "step 6 (GP system raises the task)",
    "infrastructure acknowledgement",
    "business acknowledgement",
];

/// The journey of one consultation.
pub struct Journey {
    sender: Place,
    receiver: Place,
    started: Instant,
    events: mpsc::UnboundedReceiver<Heard>,
    message: Option<MessageId>,
    accepted: Option<Instant>,
    reached: [Option<Step>; 8],
    printed: usize,
}

impl Journey {
    pub fn begin(
        sender: &PracticeIdentity,
        receiver: &PracticeIdentity,
        events: mpsc::UnboundedReceiver<Heard>,
    ) -> Self {
        Self {
            sender: Place::Practice(sender.name.to_owned()),
            receiver: Place::Practice(receiver.name.to_owned()),
            started: Instant::now(),
            events,
            message: None,
            accepted: None,
            reached: [const { None }; 8],
            printed: 0,
        }
    }

    /// The steps reached so far, in order.
    pub fn steps(&self) -> Vec<Step> {
        self.reached.iter().flatten().cloned().collect()
    }

    /// Listens until the consultation is answered, has failed, or the time is up.
    pub async fn follow(
        &mut self,
        consultation: ConsultationId,
        patience: Duration,
        format: Format,
    ) -> Result<Outcome, Error> {
        let end = (self.started + patience).into();
        loop {
            let Ok(Some(heard)) = timeout_at(end, self.events.recv()).await else {
                let step = WAITED_FOR.get(self.printed).copied().unwrap_or("end");
                let reason = format!("nothing happened within {} s", patience.as_secs());
                return Ok(Outcome::Failed { step, reason });
            };
            if let Some(failed) = self.hear(consultation, heard) {
                return Ok(failed);
            }
            self.print_what_is_due(format)?;
            if self.reached.iter().all(Option::is_some) {
                return Ok(Outcome::Delivered);
            }
        }
    }

    /// Reports may arrive out of order; they are printed in order.
    fn print_what_is_due(&mut self, format: Format) -> Result<(), Error> {
        while let Some(Some(step)) = self.reached.get(self.printed) {
            printing::step(format, step)?;
            self.printed += 1;
        }
        Ok(())
    }

    fn hear(&mut self, ours: ConsultationId, heard: Heard) -> Option<Outcome> {
        let at = heard.at;
        match heard.what {
            What::Written(consultation) if consultation == ours => {
                let what =
                    "consultation written as an ITK3 message with its PDF; the pair is in OUT";
                self.reach(1, at, "GP system", what.to_owned());
            }
            What::Event {
                place: Place::Exchange,
                event,
                ..
            } => {
                self.hear_exchange(at, event);
            }
            What::Event {
                place,
                consultation,
                event,
            } => self.hear_practice(at, &place, consultation == Some(ours), &event),
            What::Failed(consultation, code) if consultation == ours => {
                return Some(failure(&code));
            }
            What::Written(_) | What::Failed(..) => {}
        }
        None
    }

    fn hear_exchange(&mut self, at: Instant, event: Event) {
        match event {
            Event::Accepted { .. } => {
                self.accepted.get_or_insert(at);
            }
            Event::Routed {
                message, practice, ..
            } => {
                self.message.get_or_insert(message);
                let what =
                    format!("name, birth date and NHS number agree; registered with {practice}");
                self.reach(3, at, "PDS", what);
            }
            Event::Delivered { message, recipient } if self.message.as_ref() == Some(&message) => {
                let what = format!("endpoint lookup: one mailbox, {recipient}; placed there");
                self.reach(4, at, "MESH server", what);
            }
            Event::Acknowledged { message, .. } if self.message.as_ref() == Some(&message) => {
                let what = format!("collected into IN at {}, acknowledged", self.receiver);
                self.reach(5, at, "MESH client", what);
            }
            _ => {}
        }
    }

    fn hear_practice(&mut self, at: Instant, place: &Place, is_ours: bool, event: &Event) {
        match event {
            Event::Sent { .. } if *place == self.sender => {
                // The server routes at once: the moment of its 202 keeps the steps in order.
                let at = self.accepted.unwrap_or(at);
                let what = "sent over mutual TLS, accepted with 202; the pair is in SENT";
                self.reach(2, at, "MESH client", what.to_owned());
            }
            Event::TaskRaised { .. } if *place == self.receiver => {
                let what = "checked rule by rule; task with the document in the workflow inbox";
                self.reach(6, at, "GP system", what.to_owned());
            }
            Event::Answered { class, code, .. } if is_ours => {
                let number = match class {
                    AnswerClass::Infrastructure => 7,
                    AnswerClass::Business => 8,
                };
                let (kind, code) = (class.name(), printing::response(*code));
                let what = format!("{kind} acknowledgement received: {code}");
                self.reach(number, at, "GP system", what);
            }
            _ => {}
        }
    }

    fn reach(&mut self, number: usize, at: Instant, who: &'static str, what: String) {
        let seconds = at.saturating_duration_since(self.started).as_secs_f64();
        if let Some(place) = self.reached.get_mut(number.saturating_sub(1)) {
            place.get_or_insert(Step {
                number,
                who,
                what,
                seconds,
            });
        }
    }
}

/// Which step a report or negative acknowledgement speaks of.
fn failure(code: &str) -> Outcome {
    let step = match code {
        "EPL-152" | "EPL-153" | "EPL-154" => "step 3 (PDS names the registered practice)",
        "EPL-150" | "EPL-151" => "step 4 (endpoint lookup and delivery)",
        "14" => "step 5 (MESH client collects it)",
        _ if code.len() == 5 => "step 6 (GP system checks the message)",
        _ => "step 2 (MESH client sends it)",
    };
    Outcome::Failed {
        step,
        reason: printing::report(code),
    }
}
