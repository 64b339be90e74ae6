//! Follows one consultation through the six steps by what the parts report.

use std::time::{Duration, Instant};

use gp_system::{AnswerClass, ConsultationId};
use nhs::MessageId;
use tokio::sync::mpsc;
use tokio::time::timeout_at;

use crate::cli::Format;
use crate::error::Error;

use super::{Place, tell};

/// Which practice reported.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Side {
    pub folder: &'static str,
}

/// One report.
pub enum What {
    Exchange(exchange::Event),
    Client(Side, mesh_client::agent::Event),
    GpSystem(Side, gp_system::Event),
}

/// A report and when it was heard.
pub struct Heard {
    pub at: Instant,
    pub what: What,
}

/// How the journey ended.
pub enum Outcome {
    /// Both acknowledgements came home and were positive.
    Home,
    /// The step that failed, and why.
    Failed { step: &'static str, reason: String },
}

/// A step that has happened.
#[derive(Clone, serde::Serialize)]
pub struct Step {
    /// 1 to 6; 7 and 8 are the two acknowledgements.
    pub number: usize,
    pub who: &'static str,
    pub what: String,
    pub seconds: f64,
}

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
    sender: &'static str,
    receiver: &'static str,
    receiver_name: &'static str,
    started: Instant,
    events: mpsc::UnboundedReceiver<Heard>,
    message: Option<MessageId>,
    accepted: Option<Instant>,
    reached: [Option<Step>; 8],
    told: usize,
}

impl Journey {
    pub fn begin(sender: &Place, receiver: &Place, events: mpsc::UnboundedReceiver<Heard>) -> Self {
        Self {
            sender: sender.folder,
            receiver: receiver.folder,
            receiver_name: receiver.name,
            started: Instant::now(),
            events,
            message: None,
            accepted: None,
            reached: [const { None }; 8],
            told: 0,
        }
    }

    /// The steps reached so far, in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.reached.iter().flatten()
    }

    /// Listens until the consultation is home, has failed, or patience ends.
    pub async fn follow(
        &mut self,
        consultation: ConsultationId,
        patience: Duration,
        format: Format,
    ) -> Result<Outcome, Error> {
        let end = (self.started + patience).into();
        loop {
            let Ok(Some(heard)) = timeout_at(end, self.events.recv()).await else {
                let step = WAITED_FOR.get(self.told).copied().unwrap_or("end");
                let reason = format!("nothing happened within {} s", patience.as_secs());
                return Ok(Outcome::Failed { step, reason });
            };
            if let Some(failed) = self.hear(consultation, heard) {
                return Ok(failed);
            }
            self.tell_what_is_due(format)?;
            if self.reached.iter().all(Option::is_some) {
                return Ok(Outcome::Home);
            }
        }
    }

    /// Reports may arrive out of order; they are told in order.
    fn tell_what_is_due(&mut self, format: Format) -> Result<(), Error> {
        while let Some(Some(step)) = self.reached.get(self.told) {
            tell::step(format, step)?;
            self.told += 1;
        }
        Ok(())
    }

    fn hear(&mut self, ours: ConsultationId, heard: Heard) -> Option<Outcome> {
        let at = heard.at;
        match heard.what {
            What::Exchange(event) => self.hear_exchange(at, event),
            What::Client(side, event) => self.hear_client(at, side, event),
            What::GpSystem(side, event) if side.folder == self.sender => {
                return self.hear_sender(ours, at, event);
            }
            What::GpSystem(_, gp_system::Event::TaskRaised { .. }) => {
                let what = "checked rule by rule; task with the document in the workflow inbox";
                self.reach(6, at, "GP system", what.to_owned());
            }
            What::GpSystem(..) => {}
        }
        None
    }

    fn hear_exchange(&mut self, at: Instant, event: exchange::Event) {
        match event {
            exchange::Event::Accepted { .. } => {
                self.accepted.get_or_insert(at);
            }
            exchange::Event::Routed { message, practice } => {
                self.message.get_or_insert(message);
                self.reach(
                    3,
                    at,
                    "PDS",
                    format!("name, birth date and NHS number agree; registered with {practice}"),
                );
            }
            exchange::Event::Delivered { message, recipient }
                if self.message.as_ref() == Some(&message) =>
            {
                let what = format!("endpoint lookup: one mailbox, {recipient}; placed there");
                self.reach(4, at, "MESH server", what);
            }
            _ => {}
        }
    }

    fn hear_client(&mut self, at: Instant, side: Side, event: mesh_client::agent::Event) {
        match event {
            mesh_client::agent::Event::Sent { .. } if side.folder == self.sender => {
                // The server routes at once: the moment of its 202 keeps the steps in order.
                let what = "sent over mutual TLS, accepted with 202; the pair is in SENT";
                self.reach(
                    2,
                    self.accepted.unwrap_or(at),
                    "MESH client",
                    what.to_owned(),
                );
            }
            mesh_client::agent::Event::Acknowledged { .. } if side.folder == self.receiver => {
                let what = format!("collected into IN at {}, acknowledged", self.receiver_name);
                self.reach(5, at, "MESH client", what);
            }
            _ => {}
        }
    }

    fn hear_sender(
        &mut self,
        ours: ConsultationId,
        at: Instant,
        event: gp_system::Event,
    ) -> Option<Outcome> {
        use gp_system::Event;
        match event {
            Event::Placed { consultation, .. } if consultation == ours => {
                let what =
                    "consultation written as an ITK3 message with its PDF; the pair is in OUT";
                self.reach(1, at, "GP system", what.to_owned());
            }
            Event::AcknowledgementReceived {
                consultation: Some(id),
                class,
                code,
            } if id == ours => {
                let (number, kind) = match class {
                    AnswerClass::Infrastructure => (7, "infrastructure"),
                    AnswerClass::Business => (8, "business"),
                };
                let what = format!("{kind} acknowledgement home: {}", tell::response(code));
                self.reach(number, at, "GP system", what);
            }
            Event::Failed { consultation, code } if consultation == ours => {
                return Some(failure(&code));
            }
            _ => {}
        }
        None
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
        reason: tell::report(code),
    }
}
