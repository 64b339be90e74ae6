//! The control file (`.ctl`) beside a data file, as the MESH client and the systems around it read
//! and write it.

use std::fmt;

use nhs::{MailboxId, WorkflowId};

use crate::redact::Redacted;
use crate::{MeshError, StatusRecord};

pub use check::{ElementFault, check, unreadable};
pub use places::{Place, Places};

mod check;
mod places;
mod read;
mod write;

#[cfg(test)]
mod tests;

/// The longest control file that is read.
pub const MAX_BYTES: usize = 64 * 1024;

/// A control file. Empty elements are absent ones. The three texts that a bad file may get wrong
/// (version, address type, message type) are kept as written, for the check to name.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ControlFile {
    /// `Version`: `1.0`
    pub version: Option<String>,
    /// `AddressType`; see [`AddressType::parse`].
    pub address_type: Option<String>,
    /// `MessageType`; see [`MessageType::parse`].
    pub message_type: Option<String>,
    /// `From_DTS`: the sender's mailbox.
    pub from_dts: Option<String>,
    /// `To_DTS`: the recipient's mailbox, or a patient address.
    pub to_dts: Option<String>,
    /// `From_ESMTP`
    pub from_esmtp: Option<String>,
    /// `To_ESMTP`
    pub to_esmtp: Option<String>,
    /// `Subject`
    pub subject: Option<String>,
    /// `LocalId`: the sender's own reference.
    pub local_id: Option<String>,
    /// `DTSId`: the message id.
    pub dts_id: Option<String>,
    /// `PartnerId`; in a report, the id of the message it is about.
    pub partner_id: Option<String>,
    /// `Compress`: the client may compress.
    pub compress: Option<bool>,
    /// `Encrypted`: the application encrypted the data.
    pub encrypted: Option<bool>,
    /// `WorkflowId`
    pub workflow_id: Option<String>,
    /// `ProcessId`
    pub process_id: Option<String>,
    /// `DataChecksum`
    pub data_checksum: Option<String>,
    /// `IsCompressed`: the data is compressed.
    pub is_compressed: Option<bool>,
    /// `AllowChunking`: the client may split the data.
    pub allow_chunking: Option<bool>,
    /// `StatusRecord`
    pub status: Option<StatusRecord>,
}

/// Which pair of addresses counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressType {
    /// Mailbox ids.
    Dts,
    /// Mail addresses; not used in MESH.
    Smtp,
    /// Both, as the server side writes.
    All,
}

impl AddressType {
    /// Reads the word, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_uppercase().as_str() {
            "DTS" => Some(Self::Dts),
            "SMTP" => Some(Self::Smtp),
            "ALL" => Some(Self::All),
            _ => None,
        }
    }
}

/// Data with a body, or a report without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageType {
    /// A data file and a control file.
    Data,
    /// A control file only.
    Report,
}

impl MessageType {
    /// Reads the word, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_uppercase().as_str() {
            "DATA" => Some(Self::Data),
            "REPORT" => Some(Self::Report),
            _ => None,
        }
    }

    /// As control files write it: `Data`, `Report`.
    pub fn control_file(&self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Report => "Report",
        }
    }

    /// As headers write it: `DATA`, `REPORT`.
    pub fn header(&self) -> &'static str {
        match self {
            Self::Data => "DATA",
            Self::Report => "REPORT",
        }
    }
}

impl ControlFile {
    /// What an application puts into OUT: version 1.0, address type DTS, message type Data, not
    /// encrypted. `to` is a mailbox id or a patient address.
    pub fn data(from: &MailboxId, to: &str, workflow: &WorkflowId) -> Self {
        Self {
            version: Some("1.0".into()),
            address_type: Some("DTS".into()),
            message_type: Some("Data".into()),
            from_dts: Some(from.to_string()),
            to_dts: Some(to.into()),
            workflow_id: Some(workflow.to_string()),
            encrypted: Some(false),
            ..Self::default()
        }
    }

    /// Reads a control file: at most 64 KiB of UTF-8, UTF-16, or what else it declares of
    /// [`text_input::decode_xml`]; elements in any order, unknown ones ignored, the first of several
    /// kept.
    ///
    /// # Errors
    /// `ControlFile…` of [`MeshError`]; XML with a document type declaration is refused.
    pub fn read(bytes: &[u8]) -> Result<Self, MeshError> {
        read::read(bytes).map(|(file, _)| file)
    }

    /// [`ControlFile::read`], and where each element begins.
    ///
    /// # Errors
    /// As [`ControlFile::read`].
    pub fn read_with_places(bytes: &[u8]) -> Result<(Self, Places), MeshError> {
        read::read(bytes)
    }

    /// Writes the file in the order of `docs/spec/mesh-client.md` §1.4, absent elements left out: UTF-8
    /// without declaration, two spaces of indent, LF, final newline.
    pub fn write(&self) -> Vec<u8> {
        write::write(self, write::Empties::LeaveOut)
    }

    /// As [`ControlFile::write`], with the empty elements that files in IN carry: both `From_`
    /// addresses, `PartnerId`, `ProcessId` and `DataChecksum`.
    pub fn write_received(&self) -> Vec<u8> {
        write::write(self, write::Empties::AsReceived)
    }

    /// The message type, when it is one.
    pub fn message_type(&self) -> Option<MessageType> {
        self.message_type.as_deref().and_then(MessageType::parse)
    }

    /// Whether this is a report whose status is not success.
    pub fn is_error_report(&self) -> bool {
        let failed = |s: &StatusRecord| s.status == crate::Status::Error;
        self.message_type() == Some(MessageType::Report) && self.status.as_ref().is_some_and(failed)
    }
}

/// A control file's text as a header value: runs of white space (XML may hold line breaks) become
/// one space.
pub fn header_text(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl fmt::Debug for ControlFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ControlFile")
            .field("version", &self.version)
            .field("message_type", &self.message_type)
            .field("from_dts", &self.from_dts)
            .field("to_dts", &Redacted(self.to_dts.is_some()))
            .field("subject", &Redacted(self.subject.is_some()))
            .field("local_id", &Redacted(self.local_id.is_some()))
            .field("partner_id", &Redacted(self.partner_id.is_some()))
            .field("dts_id", &self.dts_id)
            .field("workflow_id", &self.workflow_id)
            .field(
                "status_code",
                &self.status.as_ref().map(|s| s.code.as_str()),
            )
            .finish_non_exhaustive()
    }
}
