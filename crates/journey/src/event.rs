//! What can happen to a message.

use std::pin::Pin;

use jiff::Timestamp;
use nhs::{MailboxId, MessageId, OdsCode, WorkflowId};

/// Which of its two acknowledgements answers a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerClass {
    /// About the message: response codes 1xxxx and 2xxxx.
    Infrastructure,
    /// About the patient: response codes 3xxxx.
    Business,
}

impl AnswerClass {
    /// `infrastructure` or `business`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Infrastructure => "infrastructure",
            Self::Business => "business",
        }
    }
}

/// Something that has happened to a message and is durable. Holds ids and codes only. The order is
/// that of a message's way; what fails or is given up comes last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The sending practice's GP system put the pair into OUT.
    Written {
        /// The message.
        message: MessageId,
    },
    /// All of a message is at the exchange; 202 may be answered.
    Accepted {
        /// The message.
        message: MessageId,
        /// Its sender.
        sender: MailboxId,
        /// Its workflow.
        workflow: WorkflowId,
    },
    /// The sender's client moved the pair to SENT.
    Sent {
        /// The message.
        message: MessageId,
    },
    /// The patient's practice is known.
    Routed {
        /// The message.
        message: MessageId,
        /// The practice.
        practice: OdsCode,
        /// When PDS had answered; the practice's mailbox was looked up after that.
        found_at: Timestamp,
    },
    /// Nobody could say yet where the patient is registered; it will be tried again.
    RoutingDelayed {
        /// The message.
        message: MessageId,
        /// How often it has been tried.
        tries: u32,
        /// When it is tried next.
        next_at: Timestamp,
    },
    /// A message is in an inbox.
    Delivered {
        /// The message.
        message: MessageId,
        /// Whose inbox.
        recipient: MailboxId,
    },
    /// A recipient was given a chunk, or a report. Told when the bytes begin to flow.
    Downloaded {
        /// The message.
        message: MessageId,
        /// The recipient.
        by: MailboxId,
        /// Which chunk, from 1; 0 for a report, which has none.
        chunk: u32,
    },
    /// The recipient's client put the pair into IN.
    Published {
        /// The message.
        message: MessageId,
    },
    /// A recipient took a message out of its inbox.
    Acknowledged {
        /// The message.
        message: MessageId,
        /// The recipient.
        by: MailboxId,
    },
    /// The receiving practice's GP system took the pair out of IN and kept it.
    Taken {
        /// The message.
        message: MessageId,
    },
    /// The receiving practice has a workflow task for the document.
    TaskRaised {
        /// The message.
        message: MessageId,
    },
    /// The sending practice has an acknowledgement of its message.
    Answered {
        /// The message that is answered.
        message: MessageId,
        /// Which of the two it is.
        class: AnswerClass,
        /// The response code, five digits.
        code: u32,
        /// Whether the code says that all is well.
        positive: bool,
        /// The message that carried the acknowledgement, where the client told its id.
        carrier: Option<MessageId>,
    },
    /// A message carried an acknowledgement, and its receiver knows of which message.
    Answers {
        /// The message that carried it.
        message: MessageId,
        /// The message that is answered.
        answered: MessageId,
        /// Which of the two it is.
        class: AnswerClass,
        /// The response code, five digits.
        code: u32,
        /// Whether the code says that all is well.
        positive: bool,
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
    /// A message nobody collected left its inbox.
    Expired {
        /// The message.
        message: MessageId,
    },
}

/// Work that goes on in a task of its own.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Is told what happens. Called on the teller's own tasks: it must not block.
pub trait Observer: Send + Sync {
    /// Told once for each event, after it is durable.
    fn observe(&self, event: &Event);

    /// Takes along what this observer knows of the running task, such as the request that it serves, for work that goes
    /// on in another: its events belong to that request still. An observer that knows nothing returns the work as it is.
    fn carry(&self, work: Work) -> Work {
        work
    }
}

impl Observer for () {
    fn observe(&self, _: &Event) {}
}

impl Event {
    /// The message it happened to.
    pub fn message(&self) -> &MessageId {
        match self {
            Self::Written { message }
            | Self::Accepted { message, .. }
            | Self::Sent { message }
            | Self::Routed { message, .. }
            | Self::RoutingDelayed { message, .. }
            | Self::Delivered { message, .. }
            | Self::Downloaded { message, .. }
            | Self::Published { message }
            | Self::Acknowledged { message, .. }
            | Self::Taken { message }
            | Self::TaskRaised { message }
            | Self::Answered { message, .. }
            | Self::Answers { message, .. }
            | Self::Reported { message, .. }
            | Self::Expired { message } => message,
        }
    }

    /// What became of the message, in a word or two.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Written { .. } => "written",
            Self::Accepted { .. } => "accepted",
            Self::Sent { .. } => "sent",
            Self::Routed { .. } => "routed",
            Self::RoutingDelayed { .. } => "routing delayed",
            Self::Delivered { .. } => "delivered",
            Self::Downloaded { .. } => "downloaded",
            Self::Published { .. } => "published",
            Self::Acknowledged { .. } => "acknowledged",
            Self::Taken { .. } => "taken",
            Self::TaskRaised { .. } => "task raised",
            Self::Answered { .. } => "answered",
            Self::Answers { .. } => "answers",
            Self::Reported { .. } => "failed",
            Self::Expired { .. } => "expired",
        }
    }

    /// The ids and codes beside the message's own id, each with its name.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Accepted {
                sender, workflow, ..
            } => vec![
                ("sender", sender.to_string()),
                ("workflow", workflow.to_string()),
            ],
            Self::Routed { practice, .. } => vec![("practice", practice.to_string())],
            Self::Delivered { recipient, .. } => vec![("recipient", recipient.to_string())],
            Self::Downloaded { by, chunk, .. } => {
                vec![("recipient", by.to_string()), ("chunk", chunk.to_string())]
            }
            Self::Acknowledged { by, .. } => vec![("recipient", by.to_string())],
            Self::Answered { code, .. } => vec![("code", code.to_string())],
            Self::Answers { answered, code, .. } => {
                vec![
                    ("answered", answered.to_string()),
                    ("code", code.to_string()),
                ]
            }
            Self::Reported { report, code, .. } => {
                vec![("report", report.to_string()), ("code", code.clone())]
            }
            Self::Written { .. }
            | Self::Sent { .. }
            | Self::RoutingDelayed { .. }
            | Self::Published { .. }
            | Self::Taken { .. }
            | Self::TaskRaised { .. }
            | Self::Expired { .. } => Vec::new(),
        }
    }

    /// What this says of another message: an acknowledgement that was matched, of the one that carried it.
    pub fn of_carrier(&self) -> Option<Self> {
        match self {
            Self::Answered {
                message,
                class,
                code,
                positive,
                carrier: Some(carrier),
            } => Some(Self::Answers {
                message: carrier.clone(),
                answered: message.clone(),
                class: *class,
                code: *code,
                positive: *positive,
            }),
            _ => None,
        }
    }

    /// Whether both say the same of their messages, whatever the details.
    pub fn is_same_kind(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}
