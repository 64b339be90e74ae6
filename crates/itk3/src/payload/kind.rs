//! What a row of the table of payloads says.

use std::fmt;
use std::str::FromStr;

use crate::{Event, RecipientType, ResponseCode};

/// One kind of message: its event, and what the payload behind it makes of header and handling keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// The event; each is in one row.
    pub event: Event,
    /// The payload it belongs to.
    pub family: Family,
    /// What `MessageDefinition` may name.
    pub definitions: Definitions,
    /// What the header's `focus` is.
    pub inner: Inner,
    /// The workflows that carry it; the answers' have `_ACK` behind it. Empty where none is published.
    pub workflows: &'static [&'static str],
    /// Whether both acknowledgements must be asked for (10008).
    pub both_acknowledgements: bool,
    /// What `RecipientType` may be (10010).
    pub recipient_types: &'static [RecipientType],
    /// Whether the handling keys of 2018 are taken: without `SenderReference` and `LocalExtension`, and
    /// with the retired `Priority`.
    pub older_handling: bool,
    /// Whom the header may name as receiver.
    pub receiver: HeaderReceiver,
    /// What a message of another payload is answered with on these workflows: 10004, or 10008 where the
    /// payload's own rules fix the event.
    pub other_event: ResponseCode,
}

/// A payload: the unit in which a practice decides what it takes, and of which a crate knows the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// GP Connect Send Document.
    SendDocument,
    /// GP Connect Update Record.
    UpdateRecord,
    /// The letters of hospitals: discharge, mental health, emergency care, outpatients.
    TransferOfCare,
    /// Community pharmacies: immunisation, emergency supply, minor illness.
    DigitalMedicines,
    /// Events of the national service in an ITK3 envelope.
    EventsManagement,
    /// National pathology.
    Pathology,
    /// The answers.
    Acknowledgement,
}

/// What `MessageDefinition` may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definitions {
    /// The URLs in use, the one to write first.
    pub current: &'static [&'static str],
    /// URLs of the past; read, with a warning.
    pub older: &'static [&'static str],
    /// What becomes of another URL.
    pub others: OtherDefinition,
}

/// What becomes of a `MessageDefinition` that is in no list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherDefinition {
    /// 10005 for another version of a listed one, else 10004.
    Refused,
    /// Another version of a listed one is read with a warning, for it can be read; else 10004.
    VersionRead,
    /// Read with a warning: no definition was published.
    Read,
}

/// What the header's `focus` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inner {
    /// A Bundle of type `document` that begins with a Composition.
    Document,
    /// A Bundle of type `message` with a header of its own.
    Message,
    /// A Bundle of any type.
    Bundle,
    /// Nothing: an `OperationOutcome` stands beside the header.
    Nothing,
}

/// Whom `MessageHeader.receiver` may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderReceiver {
    /// Nobody: the message is routed by patient.
    Nobody,
    /// An Organization.
    Organization,
    /// An Organization or a Practitioner.
    Anybody,
}

impl Family {
    /// Every payload.
    pub const ALL: [Self; 7] = [
        Self::SendDocument,
        Self::UpdateRecord,
        Self::TransferOfCare,
        Self::DigitalMedicines,
        Self::EventsManagement,
        Self::Pathology,
        Self::Acknowledgement,
    ];

    /// Those that a published workflow carries, so that somebody can be sent their messages.
    pub fn with_workflow() -> impl Iterator<Item = Self> {
        let has_workflow =
            |family: &Self| Kind::of_family(*family).any(|kind| !kind.workflows.is_empty());
        Self::ALL.into_iter().filter(has_workflow)
    }

    /// `transfer-of-care`: its name in settings and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SendDocument => "send-document",
            Self::UpdateRecord => "update-record",
            Self::TransferOfCare => "transfer-of-care",
            Self::DigitalMedicines => "digital-medicines",
            Self::EventsManagement => "events-management",
            Self::Pathology => "pathology",
            Self::Acknowledgement => "acknowledgement",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a payload such as send-document, update-record or transfer-of-care")]
pub struct UnknownFamily;

impl FromStr for Family {
    type Err = UnknownFamily;

    fn from_str(text: &str) -> Result<Self, UnknownFamily> {
        Self::ALL
            .into_iter()
            .find(|family| family.as_str() == text.trim())
            .ok_or(UnknownFamily)
    }
}
