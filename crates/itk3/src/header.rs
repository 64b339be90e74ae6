//! Building a message header with its handling extension.

use fhir::Element;
use jiff::Timestamp;
use nhs::{MailboxId, OdsCode};
use uuid::Uuid;

use crate::names;
use crate::{Event, urn_uuid};

/// Who the recipient is to the document (code system ITK-RecipientType-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecipientType {
    /// FA: somebody there has to act.
    ForAction,
    /// FI: a copy.
    ForInformation,
}

impl RecipientType {
    /// `FA` or `FI`.
    pub fn code(self) -> &'static str {
        match self {
            Self::ForAction => "FA",
            Self::ForInformation => "FI",
        }
    }

    /// `For Action` or `For Information`.
    pub fn display(self) -> &'static str {
        match self {
            Self::ForAction => "For Action",
            Self::ForInformation => "For Information",
        }
    }

    /// Reads `FA` or `FI`.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::ForAction, Self::ForInformation]
            .into_iter()
            .find(|known| known.code() == code)
    }
}

/// The six parts of the message handling extension (Extension-ITK-MessageHandling-2).
#[derive(Clone, PartialEq, Eq)]
pub struct Handling {
    /// `BusAckRequested`.
    pub business_acknowledgement: bool,
    /// `InfAckRequested`.
    pub infrastructure_acknowledgement: bool,
    /// `RecipientType`.
    pub recipient_type: RecipientType,
    /// `MessageDefinition`, a URL.
    pub message_definition: String,
    /// `SenderReference`, at most 255 characters; [`names::NONE`] when unused.
    pub sender_reference: String,
    /// `LocalExtension`; [`names::NONE`] when unused.
    pub local_extension: String,
}

/// Whom a header names as receiver: a resource of its own beside the sender's.
#[derive(Clone, PartialEq, Eq)]
pub enum Receiver {
    /// An organisation, by its ODS code.
    Organization(OdsCode),
    /// A practitioner, by SDS user id and family name.
    Practitioner {
        /// The SDS user id.
        user_id: String,
        /// The family name.
        family_name: String,
    },
}

/// A message header to build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The message's id: acknowledgements name it.
    pub id: Uuid,
    /// The event.
    pub event: Event,
    /// When the message was made.
    pub timestamp: Timestamp,
    /// The sender's mailbox, `source.endpoint`.
    pub endpoint: MailboxId,
    /// Whom it names as receiver; none where the message is routed by patient.
    pub receiver: Option<Receiver>,
    /// How the message is to be handled.
    pub handling: Handling,
}

impl Handling {
    /// The extension.
    pub fn build(&self) -> Element {
        let part = |url: &'static str, value: Element| Element::extension(url, value);
        let recipient_type = Element::coding(
            "valueCoding",
            names::RECIPIENT_TYPES,
            self.recipient_type.code(),
            self.recipient_type.display(),
        );
        let flag = |value: bool| Element::primitive("valueBoolean", value);
        let definition = Element::reference("valueReference", &self.message_definition);
        let text = |value: &String| Element::primitive("valueString", value);
        let business = part("BusAckRequested", flag(self.business_acknowledgement));
        Element::extension(names::MESSAGE_HANDLING, business)
            .with(part(
                "InfAckRequested",
                flag(self.infrastructure_acknowledgement),
            ))
            .with(part("RecipientType", recipient_type))
            .with(part("MessageDefinition", definition))
            .with(part("SenderReference", text(&self.sender_reference)))
            .with(part("LocalExtension", text(&self.local_extension)))
    }
}

impl Header {
    /// The `MessageHeader`, without `response` and `focus`. `sender` and `receiver` are the ids of the
    /// resources it names.
    pub fn build(&self, sender: Uuid, receiver: Option<Uuid>) -> Element {
        let event = self.event;
        Element::new("MessageHeader")
            .child("id", self.id.to_string())
            .profile(names::MESSAGE_HEADER)
            .with(self.handling.build())
            .with(Element::coding(
                "event",
                names::MESSAGE_EVENTS,
                event.code(),
                event.display(),
            ))
            .with_all(receiver.map(|id| Element::reference("receiver", urn_uuid(&id.to_string()))))
            .with(Element::reference("sender", urn_uuid(&sender.to_string())))
            .child("timestamp", self.timestamp)
            .with(Element::new("source").child("endpoint", self.endpoint.as_str()))
    }
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Organization(code) => f.debug_tuple("Organization").field(code).finish(),
            Self::Practitioner { .. } => f.write_str("Practitioner(redacted)"),
        }
    }
}

impl std::fmt::Debug for Handling {
    /// Without the sender's reference and the local extension, which senders fill as they like.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handling")
            .field("business_acknowledgement", &self.business_acknowledgement)
            .field(
                "infrastructure_acknowledgement",
                &self.infrastructure_acknowledgement,
            )
            .field("recipient_type", &self.recipient_type)
            .field("message_definition", &self.message_definition)
            .finish_non_exhaustive()
    }
}
