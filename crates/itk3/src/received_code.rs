//! Response codes as other systems send them, the older code system included.

use crate::{Class, ResponseCode};

/// A response code as an acknowledgement carried it: ours, one of the system before ITK3 2.3.0, or
/// something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceivedCode {
    /// A code of ITK-ResponseCodes-1 (or the retired 10006).
    Known(ResponseCode),
    /// A code of ITK-Acknowledgement-1, and the present code of like meaning.
    Legacy {
        /// The code as it was sent, `51001`.
        code: &'static str,
        /// What it means today.
        meaning: ResponseCode,
    },
    /// None of these; at most 64 characters of it are kept.
    Unknown(String),
}

/// The codes of ITK-Acknowledgement-1 version 1.1.0 (draft).
const LEGACY: [(&str, ResponseCode); 23] = [
    ("41001", ResponseCode::PatientKnown),
    ("41002", ResponseCode::PatientUnknown),
    ("41022", ResponseCode::PatientLeft),
    ("51001", ResponseCode::Success),
    ("51002", ResponseCode::RecipientPersonUnknown),
    ("51003", ResponseCode::SenderUnknown),
    ("51004", ResponseCode::AttachmentNotApproved),
    ("51005", ResponseCode::PayloadInvalid),
    ("51006", ResponseCode::PayloadInvalid),
    ("51007", ResponseCode::AttachmentUnsupported),
    ("51008", ResponseCode::RecipientOrganisationUnknown),
    ("51009", ResponseCode::SenderUnauthorised),
    ("51010", ResponseCode::DuplicateMessage),
    ("51011", ResponseCode::DuplicateDocument),
    ("51012", ResponseCode::HandlingSpecificationError),
    ("51013", ResponseCode::UnreadableMessage),
    ("RC001", ResponseCode::HandlingSpecificationError),
    ("RC002", ResponseCode::BusinessFlagUnreadable),
    ("RC003", ResponseCode::InfrastructureFlagUnreadable),
    ("RC004", ResponseCode::MessageDefinitionUnknown),
    ("RC005", ResponseCode::PriorityUnreadable),
    ("RC006", ResponseCode::SenderReferenceUnreadable),
    ("RC999", ResponseCode::HandlingBusinessRule),
];

impl ReceivedCode {
    /// Reads a code. The system and the display are not looked at: senders get them wrong, and no
    /// two systems share a code.
    pub fn parse(code: &str) -> Self {
        let code = code.trim();
        if let Some(known) = ResponseCode::parse(code) {
            return Self::Known(known);
        }
        match LEGACY.iter().find(|(legacy, _)| *legacy == code) {
            Some(&(code, meaning)) => Self::Legacy { code, meaning },
            None => Self::Unknown(code.chars().take(64).collect()),
        }
    }

    /// The present code of this meaning; `None` when unknown.
    pub fn meaning(&self) -> Option<ResponseCode> {
        match self {
            Self::Known(code) => Some(*code),
            Self::Legacy { meaning, .. } => Some(*meaning),
            Self::Unknown(_) => None,
        }
    }

    /// The code as it was sent.
    pub fn code(&self) -> &str {
        match self {
            Self::Known(code) => code.code(),
            Self::Legacy { code, .. } => code,
            Self::Unknown(code) => code,
        }
    }

    /// Whether the code is good news. An unknown code is not.
    pub fn is_positive(&self) -> bool {
        self.meaning().is_some_and(ResponseCode::is_positive)
    }

    /// Infrastructure or business, by the code; an unknown one by its first digit, and else
    /// infrastructure.
    pub fn class(&self) -> Class {
        match self {
            Self::Unknown(code) if code.starts_with(['3', '4']) => Class::Business,
            Self::Unknown(_) => Class::Infrastructure,
            _ => self
                .meaning()
                .map_or(Class::Infrastructure, ResponseCode::class),
        }
    }
}
