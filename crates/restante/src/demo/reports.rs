//! What the parts of the demo report to whoever follows its consultation.

use std::time::Instant;

use gp_system::ConsultationId;
use journey::{Event, Observer, Place};
use tokio::sync::mpsc;

/// One report.
pub enum What {
    /// The pair of a consultation is in OUT; its message has no id yet.
    Written(ConsultationId),
    /// A step of a message.
    Event {
        /// Where.
        place: Place,
        /// The consultation it belongs to, where the teller knew it.
        consultation: Option<ConsultationId>,
        /// What happened.
        event: Event,
    },
    /// A consultation did not arrive or was not accepted, with the code that says why.
    Failed(ConsultationId, String),
}

/// A report and when it was heard.
pub struct Heard {
    pub at: Instant,
    pub what: What,
}

/// Sends reports. Nobody listens any more once the consultation is delivered or has failed.
#[derive(Clone)]
pub struct Reports(mpsc::UnboundedSender<Heard>);

impl Reports {
    /// A way to report, and where the reports arrive.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Heard>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// Sends one report.
    pub fn send(&self, what: What) {
        let at = Instant::now();
        let _ = self.0.send(Heard { at, what });
    }
}

impl Observer for Reports {
    fn observe(&self, event: &Event) {
        self.send(What::Event {
            place: Place::Exchange,
            consultation: None,
            event: event.clone(),
        });
    }
}
