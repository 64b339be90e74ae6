//! What every payload is built with, and what comes of it.

use std::fmt;

use jiff::Timestamp;
use nhs::{DateOrder, MailboxId, Randomness, WorkflowId};
use uuid::Uuid;

/// What the sending system decides about a message, beside its content.
#[derive(Clone)]
pub struct BuildParams<'a> {
    /// The sender's own mailbox.
    pub sender_mailbox: MailboxId,
    /// 1 for the first message of its kind, one more for each later one.
    pub version: u32,
    /// The identifier of the document it replaces; given exactly when `version` is above 1.
    pub replaces: Option<Uuid>,
    /// How the patient address writes the date of birth.
    pub date_order: DateOrder,
    /// The moment of building.
    pub now: Timestamp,
    /// Where the ids come from: the same randomness and input give the same bytes.
    pub randomness: &'a dyn Randomness,
}

impl BuildParams<'_> {
    /// The same, with the version and replacement that the input states, where these are of a first version.
    #[must_use]
    pub fn or_stated(&self, version: Option<u32>, replaces: Option<Uuid>) -> Self {
        let (version, replaces) = match (self.version, self.replaces) {
            (1, None) => (version.unwrap_or(1), replaces),
            ours => ours,
        };
        Self {
            version,
            replaces,
            ..self.clone()
        }
    }

    /// Whether version and replacement agree: a first version replaces nothing, a later one something.
    pub fn is_in_order(&self) -> bool {
        self.version > 0 && (self.version > 1) == self.replaces.is_some()
    }
}

/// A message ready to send, and what its control file or Mex headers say.
#[derive(Clone, PartialEq, Eq)]
pub struct Built {
    /// The ITK3 message, FHIR STU3 XML, UTF-8.
    pub message: Vec<u8>,
    /// Subject. Holds patient data.
    pub subject: String,
    /// `GPPROVIDER_{NHS number}_{date of birth}_{surname}`. Holds patient data.
    pub to: String,
    /// The sender's ODS code.
    pub local_id: String,
    /// The workflow.
    pub workflow: WorkflowId,
    /// MessageHeader.id: what acknowledgements name.
    pub message_id: Uuid,
    /// The document's identifier: what the next version's `replaces` names.
    pub document_id: Uuid,
    /// The version built.
    pub version: u32,
}

impl fmt::Debug for Built {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Built")
            .field("message_id", &self.message_id)
            .field("document_id", &self.document_id)
            .field("version", &self.version)
            .field("bytes", &self.message.len())
            .finish_non_exhaustive()
    }
}
