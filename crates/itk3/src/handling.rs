//! Reading the message handling extension: what a sender asked for.

use fhir::Element;

use crate::names;

/// An acknowledgement flag as it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// The part is not there.
    Missing,
    /// It is there, and neither `true` nor `false`.
    Unreadable,
    /// Its value.
    Is(bool),
}

impl Flag {
    /// The value, when there is one.
    pub fn asked(self) -> Option<bool> {
        match self {
            Self::Is(value) => Some(value),
            Self::Missing | Self::Unreadable => None,
        }
    }
}

/// The message handling extension as it was found in a header.
#[derive(Clone, PartialEq, Eq)]
pub struct HandlingRead<'a> {
    /// Whether there is the extension at all.
    pub present: bool,
    /// `BusAckRequested`.
    pub business_acknowledgement: Flag,
    /// `InfAckRequested`.
    pub infrastructure_acknowledgement: Flag,
    /// The code of `RecipientType`.
    pub recipient_type: Option<&'a str>,
    /// The URL of `MessageDefinition`.
    pub message_definition: Option<&'a str>,
    /// `SenderReference`.
    pub sender_reference: Option<&'a str>,
    /// `LocalExtension`, when it is a primitive.
    pub local_extension: Option<&'a str>,
}

impl<'a> HandlingRead<'a> {
    /// Reads the extension of a `MessageHeader`.
    pub fn of(header: &'a Element) -> Self {
        let extension = header.extension_at(names::MESSAGE_HANDLING);
        let part = |url: &str| {
            extension
                .and_then(|all| all.extension_at(url))
                .and_then(Element::extension_value)
        };
        let flag = |url: &str| match extension.and_then(|all| all.extension_at(url)) {
            None => Flag::Missing,
            Some(part) => match part.value_at("valueBoolean") {
                Some("true") => Flag::Is(true),
                Some("false") => Flag::Is(false),
                _ => Flag::Unreadable,
            },
        };
        Self {
            present: extension.is_some(),
            business_acknowledgement: flag("BusAckRequested"),
            infrastructure_acknowledgement: flag("InfAckRequested"),
            recipient_type: part("RecipientType").and_then(|coding| coding.value_at("code")),
            message_definition: part("MessageDefinition")
                .and_then(|reference| reference.value_at("reference")),
            sender_reference: part("SenderReference").and_then(Element::value),
            local_extension: part("LocalExtension").and_then(Element::value),
        }
    }
}

impl std::fmt::Debug for HandlingRead<'_> {
    /// Without the texts, which senders fill as they like.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HandlingRead")
            .field("present", &self.present)
            .field("business_acknowledgement", &self.business_acknowledgement)
            .field(
                "infrastructure_acknowledgement",
                &self.infrastructure_acknowledgement,
            )
            .finish_non_exhaustive()
    }
}
