//! A message the practice took from IN, as callers see it.

use jiff::Timestamp;
use send_document::{Finding, Severity};

use crate::TaskId;

/// A message the practice took from IN, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMessage {
    /// Its number, counted from 1 as messages are taken.
    pub number: u32,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// The id the exchange gave.
    pub transport_id: Option<String>,
    /// The mailbox it came from.
    pub sender_mailbox: Option<String>,
    /// The codes the practice answered, in order.
    pub answers: Vec<u32>,
    /// The task it raised.
    pub task: Option<TaskId>,
    /// How many errors were found in it.
    pub errors: u32,
    /// How many warnings.
    pub warnings: u32,
}

/// An answer to a received message, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedAnswer {
    /// The response code.
    pub code: u32,
    /// How far.
    pub progress: AnswerProgress,
    /// When it was put into OUT; none before, and where an older release did it.
    pub placed_at: Option<Timestamp>,
    /// When it was seen that the exchange had it, or that it had failed.
    pub left_at: Option<Timestamp>,
}

/// How far an answer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerProgress {
    /// Decided, and not in OUT yet.
    Decided,
    /// In OUT, or taken from there by the MESH client.
    Placed,
    /// The exchange took it.
    Left,
    /// It did not get through.
    Failed,
}

/// One rule that a received message breaks. Holds no patient data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedFinding {
    /// The requirement (`GPCM-SD-115`), ITK3 rule (`itk3-…`) or FHIR invariant (`bdl-7`); the code
    /// it was answered with (`20007`) where no rule of the message is broken.
    pub rule: String,
    /// An error makes the message invalid; a warning is told and tolerated.
    pub severity: Severity,
    /// Where in the message's tree, or in the transport metadata; empty for the whole message.
    pub path: String,
    /// What was expected, and what kind of thing was found.
    pub what: String,
    /// What the sender can do about it; empty where `what` says it all.
    pub remedy: String,
}

impl ReceivedFinding {
    /// An error about the whole message.
    pub(crate) fn of_error(rule: &str, what: String) -> Self {
        Self {
            rule: rule.to_owned(),
            severity: Severity::Error,
            path: String::new(),
            what,
            remedy: String::new(),
        }
    }
}

impl From<Finding> for ReceivedFinding {
    fn from(finding: Finding) -> Self {
        Self {
            rule: finding.id.to_owned(),
            severity: finding.severity,
            path: finding.path,
            what: finding.what,
            remedy: finding.remedy.to_owned(),
        }
    }
}
