//! What a practice tells while it works.

use std::sync::Arc;

use crate::{ConsultationId, Removed, TaskId};

/// Is told what happened, after it is durable. Called on the practice's own thread: be quick.
pub type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// Which of the two answers a response code is: `1xxxx`/`2xxxx` or `3xxxx`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerClass {
    /// About the message: codes 1xxxx and 2xxxx.
    Infrastructure,
    /// About the patient: codes 3xxxx.
    Business,
}

/// Something a practice did or learned. Ids and codes only, never patient data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A consultation's pair is in OUT.
    Placed {
        /// The consultation.
        consultation: ConsultationId,
        /// The id of the message's header.
        message: String,
    },
    /// The MESH client handed the message to the exchange.
    Sent {
        /// The consultation.
        consultation: ConsultationId,
        /// The id the exchange gave, where the client told it.
        transport: Option<String>,
    },
    /// A pair was taken out of IN and kept.
    MessageTaken {
        /// The id the exchange gave.
        transport: Option<String>,
    },
    /// An answer of ours is in OUT.
    Acknowledged {
        /// Infrastructure or business.
        class: AnswerClass,
        /// The response code.
        code: u32,
    },
    /// A document waits in the workflow inbox.
    TaskRaised {
        /// The task.
        task: TaskId,
    },
    /// An answer to a message of ours arrived.
    AcknowledgementReceived {
        /// The consultation it answers; none when it answers nothing we know.
        consultation: Option<ConsultationId>,
        /// Infrastructure or business.
        class: AnswerClass,
        /// The response code.
        code: u32,
    },
    /// A report of a failure arrived from the client or the exchange.
    ReportReceived {
        /// The consultation it is about, where that could be told.
        consultation: Option<ConsultationId>,
        /// The status code, such as `EPL-153` or `14`.
        code: String,
    },
    /// Both acknowledgements are received and positive.
    Delivered {
        /// The consultation.
        consultation: ConsultationId,
    },
    /// The consultation did not arrive, or was not accepted.
    Failed {
        /// The consultation.
        consultation: ConsultationId,
        /// The response or status code.
        code: String,
    },
    /// Something needs a person.
    AlertRaised,
    /// Somebody worked on a task: assigned, noted, filed, returned or reopened it.
    TaskChanged {
        /// The task.
        task: TaskId,
    },
    /// A consultation was entered, changed or deleted here.
    ConsultationChanged {
        /// The consultation.
        consultation: ConsultationId,
    },
    /// Somebody dealt with an alert, or with several at once.
    AlertSettled,
    /// Alerts that somebody had dealt with are open again.
    AlertReopened,
    /// What was kept long enough was removed.
    Removed {
        /// How much.
        removed: Removed,
    },
}
