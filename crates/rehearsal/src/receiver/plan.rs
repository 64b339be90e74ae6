//! What a run sends, in its order.

use std::fmt;

use nhs::WorkflowId;

use super::cases::Case;
use super::expected::Expected;
use super::payload::PayloadName;

/// Everything a run sends, and what it cannot.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// In the order in which they are placed.
    pub messages: Vec<Planned>,
    /// Cases for which a payload has no message, each with its reason. Payloads that a case is not of are left out of it
    /// only where all are.
    pub left_out: Vec<LeftOut>,
}

/// A case that is not shown with a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// Which.
    pub case: &'static Case,
    /// With which payload.
    pub payload: PayloadName,
    /// Why, for people.
    pub reason: &'static str,
}

/// How a message goes over the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// As it is.
    Plain,
    /// Compressed.
    Gzip,
    /// In several parts.
    Chunked,
}

/// One message to be placed.
#[derive(Clone, PartialEq, Eq)]
pub struct Planned {
    /// Of the message in the run, from 1.
    pub number: u32,
    /// What it shows.
    pub case: &'static Case,
    /// As what it is built.
    pub payload: PayloadName,
    /// Its one defect, or what is special about it; without patient data.
    pub what: &'static str,
    /// The message.
    pub bytes: Vec<u8>,
    /// The sender's local id.
    pub local_id: String,
    /// Subject. Holds patient data.
    pub subject: String,
    /// The workflow.
    pub workflow: WorkflowId,
    /// `GPPROVIDER_…`, which holds patient data; the receiver's mailbox where no patient is meant.
    pub to_dts: String,
    /// How it goes over the line.
    pub transport: Transport,
    /// The message that must have been answered before: what it replaces, or repeats.
    pub after: Option<u32>,
    /// `MessageHeader.id`: what answers name. None where the defect takes it away. A message that is sent twice has
    /// the same.
    pub header_id: Option<String>,
    /// `SenderReference`: what answers repeat. None where the defect takes it away.
    pub sender_reference: Option<String>,
    /// What it has to be answered with.
    pub expected: Expected,
}

impl fmt::Debug for Planned {
    /// Without what holds patient data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Planned")
            .field("number", &self.number)
            .field("case", &self.case.id)
            .field("payload", &self.payload)
            .field("what", &self.what)
            .field("bytes", &self.bytes.len())
            .field("transport", &self.transport)
            .field("after", &self.after)
            .finish_non_exhaustive()
    }
}
