//! What the agent does, step by step, for whoever observes it: ids and counts, never patient data.

use std::sync::Arc;

use nhs::{MailboxId, MessageId, WorkflowId};
use serde::{Deserialize, Serialize};

/// Hears what the agent does. Called between the steps, so it must be quick.
pub type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From OUT to the server.
    Send,
    /// From the server to IN.
    Receive,
}

/// A step the agent took. Ids only, never patient data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A pair was taken from OUT.
    Claimed {
        /// The mailbox served.
        mailbox: MailboxId,
    },
    /// The server accepted a message; it is in SENT.
    Sent {
        /// The mailbox served.
        mailbox: MailboxId,
        /// The id the server gave.
        message: MessageId,
        /// The message's workflow.
        workflow: WorkflowId,
    },
    /// A pair went to FAILED and a report into IN.
    Failed {
        /// The mailbox served.
        mailbox: MailboxId,
        /// The phase: `COLLECT`, `TRANSFER` or `SEND`.
        event: String,
        /// The status code.
        code: String,
    },
    /// A message could not be sent and waits in TEMP for the next poll.
    Delayed {
        /// The mailbox served.
        mailbox: MailboxId,
    },
    /// A message is sent again although the server may have got it before.
    PossibleDuplicate {
        /// The mailbox served.
        mailbox: MailboxId,
    },
    /// The answer to a send was lost, and the server said that the message had arrived; it was not
    /// sent again.
    FoundByTracking {
        /// The mailbox served.
        mailbox: MailboxId,
        /// The id the server gave.
        message: MessageId,
    },
    /// A chunk of a long message was transferred.
    Progress {
        /// The mailbox served.
        mailbox: MailboxId,
        /// Which way.
        direction: Direction,
        /// Its id.
        message: MessageId,
        /// Chunks so far.
        chunk: u32,
        /// Chunks in all.
        chunks: u32,
        /// Bytes of the data file so far.
        bytes: u64,
    },
    /// A message or report is in IN.
    Published {
        /// The mailbox served.
        mailbox: MailboxId,
        /// Its id.
        message: MessageId,
        /// Its workflow.
        workflow: Option<WorkflowId>,
        /// Whether it is a report.
        report: bool,
    },
    /// A message was given up: too large, expanding without end or damaged. A report is in IN.
    GivenUp {
        /// The mailbox served.
        mailbox: MailboxId,
        /// Its id.
        message: MessageId,
    },
    /// The server was told that a message is safely stored.
    Acknowledged {
        /// The mailbox served.
        mailbox: MailboxId,
        /// Its id.
        message: MessageId,
    },
    /// The server refused the mailbox's password, key or certificate (403).
    LoginRefused {
        /// The mailbox served.
        mailbox: MailboxId,
    },
    /// The server could not be polled.
    PollFailed {
        /// The mailbox served.
        mailbox: MailboxId,
    },
}

/// What one round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cycle {
    /// Messages the server accepted.
    pub sent: usize,
    /// Pairs that went to FAILED.
    pub failed: usize,
    /// Messages that wait for another try.
    pub delayed: usize,
    /// Data messages put into IN.
    pub received: usize,
    /// Server reports put into IN.
    pub reports: usize,
    /// Acknowledgements given.
    pub acknowledged: usize,
    /// Messages that wait in the inbox and could not be received; see the status.
    pub not_received: usize,
}

impl Cycle {
    pub(super) fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.failed += other.failed;
        self.delayed += other.delayed;
        self.received += other.received;
        self.reports += other.reports;
        self.acknowledged += other.acknowledged;
        self.not_received += other.not_received;
    }
}

/// Counts what happened, for whoever installed a metrics recorder.
pub(super) fn count(event: &Event) {
    let (mailbox, what) = match event {
        Event::Claimed { mailbox } => (mailbox, "claimed"),
        Event::Sent { mailbox, .. } => (mailbox, "sent"),
        Event::Failed { mailbox, .. } => (mailbox, "failed"),
        Event::Delayed { mailbox } => (mailbox, "delayed"),
        Event::PossibleDuplicate { mailbox } => (mailbox, "sent_again_in_doubt"),
        Event::FoundByTracking { mailbox, .. } => (mailbox, "found_by_tracking"),
        Event::Progress { mailbox, .. } => (mailbox, "chunk"),
        Event::Published {
            mailbox, report, ..
        } if *report => (mailbox, "report_received"),
        Event::Published { mailbox, .. } => (mailbox, "received"),
        Event::GivenUp { mailbox, .. } => (mailbox, "given_up"),
        Event::Acknowledged { mailbox, .. } => (mailbox, "acknowledged"),
        Event::LoginRefused { mailbox } => (mailbox, "login_refused"),
        Event::PollFailed { mailbox } => (mailbox, "poll_failed"),
    };
    metrics::counter!("restante_client_events_total", "mailbox" => mailbox.to_string(), "event" => what)
        .increment(1);
}
