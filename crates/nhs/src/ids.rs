//! Ids of mailboxes, workflows and messages.

use std::fmt;
use std::sync::Arc;

use crate::PATIENT_ADDRESS_TAG;

/// Why a text is not the id it should be. Never carries the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// See [`MailboxId::parse`].
    #[error(
        "a mailbox id is 1 to 100 letters, digits, '-' and '_', and does not begin with GPPROVIDER"
    )]
    Mailbox,
    /// See [`WorkflowId::parse`].
    #[error("a workflow id is 1 to 300 characters without control characters")]
    Workflow,
    /// See [`MessageId::parse`].
    #[error("a message id is 1 to 100 letters, digits, '-' and '_'")]
    Message,
}

/// A MESH mailbox id, upper-cased: the server upper-cases it in paths and in `Mex-To`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MailboxId(Arc<str>);

/// A workflow id. Case matters; surrounding blanks do not.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkflowId(Arc<str>);

/// The id a MESH server gave a message, upper-cased: `yyyyMMddHHmmssffffff_XXXXXX` from Spine and
/// from us, 32 hexadecimal digits from mesh-sandbox. Safe as a file name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(Arc<str>);

// Ids are copied along every message's way, and never changed: copies share one text.

fn upper(text: &str) -> Arc<str> {
    if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        text.to_ascii_uppercase().into()
    } else {
        text.into()
    }
}

fn is_plain_id(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

impl MailboxId {
    /// Trims, upper-cases and checks.
    ///
    /// # Errors
    ///
    /// When it is not 1 to 100 letters, digits, hyphens and underscores, or begins as a patient address does.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let id = upper(text.trim());
        if is_plain_id(&id) && !id.starts_with(PATIENT_ADDRESS_TAG) {
            Ok(Self(id))
        } else {
            Err(IdError::Mailbox)
        }
    }
}

impl WorkflowId {
    /// Trims and checks.
    ///
    /// # Errors
    ///
    /// When it is not 1 to 300 characters, or one of them is a control character.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let id = text.trim();
        if (1..=300).contains(&id.chars().count()) && !id.chars().any(char::is_control) {
            Ok(Self(id.into()))
        } else {
            Err(IdError::Workflow)
        }
    }

    /// The workflow that carries this one's acknowledgements: the id with `_ACK` behind it.
    pub fn acknowledgement(&self) -> Self {
        Self(format!("{}_ACK", self.0).into())
    }
}

impl MessageId {
    /// Trims, upper-cases and checks.
    ///
    /// # Errors
    ///
    /// When it is not 1 to 100 letters, digits, hyphens and underscores.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let id = upper(text.trim());
        if is_plain_id(&id) {
            Ok(Self(id))
        } else {
            Err(IdError::Message)
        }
    }
}

macro_rules! text_id {
    ($($name:ident),*) => {$(
        impl $name {
            /// The id as it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    )*};
}
text_id!(MailboxId, WorkflowId, MessageId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailbox_ids_are_upper_cased_and_never_a_patient_address_or_a_path() {
        assert_eq!(
            MailboxId::parse(" a81001ot001 ").unwrap().as_str(),
            "A81001OT001"
        );
        for text in [
            "",
            "../X",
            "A B",
            "gpprovider_9693632109_23061946_GARTON",
            "GPPROVIDER",
        ] {
            assert_eq!(MailboxId::parse(text), Err(IdError::Mailbox), "{text}");
        }
    }

    #[test]
    fn workflow_ids_keep_their_case() {
        let workflow = WorkflowId::parse(" Gpfed_Consult ").unwrap();
        assert_eq!(workflow.as_str(), "Gpfed_Consult");
        assert_eq!(workflow.acknowledgement().as_str(), "Gpfed_Consult_ACK");
        assert_eq!(WorkflowId::parse("A\tB"), Err(IdError::Workflow));
        assert_eq!(WorkflowId::parse(&"A".repeat(301)), Err(IdError::Workflow));
    }

    #[test]
    fn message_ids_are_safe_as_file_names() {
        assert!(MessageId::parse("20260114093012123456_0ab1c2").is_ok());
        for text in ["", ".", "..", "a/b", "a\\b", "a\0b", &"1".repeat(101)] {
            assert_eq!(MessageId::parse(text), Err(IdError::Message), "{text}");
        }
    }
}
