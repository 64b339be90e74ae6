use nhs::{MailboxId, MessageId, OdsCode, WorkflowId};

/// Something that has happened and is durable. Holds ids only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// All of a message is here; 202 may be answered.
    Accepted {
        /// The message.
        message: MessageId,
        /// Its sender.
        sender: MailboxId,
        /// Its workflow.
        workflow: WorkflowId,
    },
    /// The patient's practice is known.
    Routed {
        /// The message.
        message: MessageId,
        /// The practice.
        practice: OdsCode,
    },
    /// Nobody could say yet where the patient is registered; it will be tried again.
    RoutingDelayed {
        /// The message.
        message: MessageId,
    },
    /// A message is in an inbox.
    Delivered {
        /// The message.
        message: MessageId,
        /// Whose inbox.
        recipient: MailboxId,
    },
    /// A message failed, and a report is in its sender's inbox.
    Reported {
        /// The failed message.
        message: MessageId,
        /// The report.
        report: MessageId,
        /// `EPL-151`, `14`, …
        code: String,
    },
    /// A recipient was given a chunk, or a report. Told when the bytes begin to flow.
    Downloaded {
        /// The message.
        message: MessageId,
        /// The recipient.
        by: MailboxId,
        /// Which chunk; 0 for a report, which has none.
        chunk: u32,
    },
    /// A recipient took a message.
    Acknowledged {
        /// The message.
        message: MessageId,
        /// The recipient.
        by: MailboxId,
    },
    /// A message nobody collected left its inbox.
    Expired {
        /// The message.
        message: MessageId,
    },
}

/// Is told what happens. Called on the exchange's own tasks: it must not block.
pub trait Observer: Send + Sync {
    /// Told once for each event, after it is durable.
    fn observe(&self, event: &Event);
}

impl Observer for () {
    fn observe(&self, _: &Event) {}
}
