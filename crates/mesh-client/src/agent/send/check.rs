//! What a pair must be before anything of it is sent: plain files, and a control file that says what the
//! server needs, in the order of `docs/spec/mesh-client.md` §6.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use http::HeaderMap;
use mesh::control_file::{self, header_text};
use mesh::headers::limit;
use mesh::status::{self, Fault};
use mesh::{
    AddressType, ContentEncoding, ControlFile, HeaderFaults, HeaderText, MessageType, SendHeaders,
};
use nhs::{MailboxId, WorkflowId};

use super::claim::Claim;
use crate::agent::files::{open_plain, printable};

/// A pair that may be sent.
#[derive(Debug)]
pub(super) struct Checked {
    pub headers: SendHeaders,
    /// The data, opened once: length, hash and upload are of this descriptor.
    pub data: Arc<File>,
    pub length: u64,
    pub may_chunk: bool,
}

/// Why a pair cannot be sent.
#[derive(Debug)]
pub(super) struct Unfit {
    pub fault: Fault,
    /// What was found, in words.
    pub found: Option<String>,
}

impl From<Fault> for Unfit {
    fn from(fault: Fault) -> Self {
        Self { fault, found: None }
    }
}

impl Unfit {
    fn found(fault: Fault, found: impl ToString) -> Self {
        Self {
            fault,
            found: Some(found.to_string()),
        }
    }
}

/// Reads a claim's control file; 01 when it is not a file that can be read, 06 when it is no control file.
pub(super) fn read_control(claim: &Claim) -> Result<ControlFile, Unfit> {
    let path = claim.control.as_ref().ok_or(status::CONTROL_FILE_MISSING)?;
    let file = open_plain(path)
        .map_err(|error| Unfit::found(status::CONTROL_FILE_MISSING, error.problem()))?;
    let bytes = file
        .contents(control_file::MAX_BYTES as u64)
        .map_err(|error| Unfit::found(status::MALFORMED_CONTROL_FILE, error.problem()))?;
    ControlFile::read(&bytes).map_err(|_| status::MALFORMED_CONTROL_FILE.into())
}

/// What the agent would refuse a control file for, whatever mailbox it is in: the first failure in
/// the order of its checks, the data file apart.
pub fn control_file_fault(bytes: &[u8]) -> Option<Fault> {
    let Ok(control) = ControlFile::read(bytes) else {
        return Some(status::MALFORMED_CONTROL_FILE);
    };
    let from = control
        .from_dts
        .as_deref()
        .and_then(|from| MailboxId::parse(from).ok());
    let Some(mailbox) = from else {
        return Some(check_types(&control).err().unwrap_or(status::INVALID_FROM));
    };
    check_text(&control, &mailbox, None).err()
}

/// Checks the control file, then the data file.
pub(super) fn check(
    control: &ControlFile,
    claim: &Claim,
    mailbox: &MailboxId,
    message_limit: u64,
) -> Result<Checked, Unfit> {
    let headers = check_text(control, mailbox, claim.data.as_deref())?;
    let path = claim.data.as_ref().ok_or(status::DATA_FILE_MISSING)?;
    let data = open_plain(path)
        .map_err(|error| Unfit::found(status::DATA_FILE_MISSING, error.problem()))?;
    let length = data.length();
    if length == 0 {
        return Err(Unfit::found(status::DATA_FILE_MISSING, "it is empty"));
    }
    if length > message_limit {
        let found = format!("it has {length} bytes, and message_limit is {message_limit}");
        return Err(Unfit::found(status::TRANSFER_FAILED, found));
    }
    Ok(Checked {
        headers,
        data: Arc::new(data.into_file()),
        length,
        may_chunk: control.allow_chunking == Some(true),
    })
}
/// Checks what the control file says.
fn check_text(
    control: &ControlFile,
    mailbox: &MailboxId,
    data: Option<&Path>,
) -> Result<SendHeaders, Fault> {
    check_types(control)?;
    let from = control.from_dts.as_deref().map(MailboxId::parse);
    if from != Some(Ok(mailbox.clone())) {
        return Err(status::INVALID_FROM);
    }
    let to = header_text(control.to_dts.as_deref().unwrap_or_default());
    if to.is_empty() || to.chars().count() > limit::ADDRESS {
        return Err(status::TO_MISSING);
    }
    headers(control, to, data)
}

/// Version, address type and message type: 09, 10, 11.
fn check_types(control: &ControlFile) -> Result<(), Fault> {
    let version = control.version.as_deref().unwrap_or_default();
    let (whole, part) = version.split_once('.').unwrap_or((version, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) {
        return Err(status::INVALID_VERSION);
    }
    match control.address_type.as_deref().and_then(AddressType::parse) {
        Some(AddressType::Dts | AddressType::All) => {}
        Some(AddressType::Smtp) | None => return Err(status::INVALID_ADDRESS_TYPE),
    }
    match control.message_type() {
        Some(MessageType::Data) => Ok(()),
        _ => Err(status::INVALID_MESSAGE_TYPE),
    }
}

/// The headers to send; 06 when they break a rule the server would refuse them for.
fn headers(control: &ControlFile, to: String, data: Option<&Path>) -> Result<SendHeaders, Fault> {
    let one_line = |text: &Option<String>| text.as_deref().map(header_text);
    let workflow = WorkflowId::parse(&one_line(&control.workflow_id).unwrap_or_default())
        .map_err(|_| status::MALFORMED_CONTROL_FILE)?;
    let mut headers = SendHeaders::new(to, workflow);
    headers.sender = control
        .from_dts
        .as_deref()
        .map(|from| from.trim().to_ascii_uppercase());
    headers.subject = one_line(&control.subject).map(HeaderText::from);
    headers.local_id = one_line(&control.local_id).map(HeaderText::from);
    headers.partner_id = one_line(&control.partner_id).map(HeaderText::from);
    headers.checksum = one_line(&control.data_checksum);
    headers.encrypted = control.encrypted == Some(true);
    headers.compressed = control.compress == Some(true);
    if headers.compressed {
        headers.encoding = ContentEncoding::Gzip;
    }
    headers.file_name = data
        .and_then(|path| path.file_name())
        .map(|name| header_text(&printable(name)))
        .filter(|name| name.chars().count() <= limit::FILE_NAME)
        .map(HeaderText::from);
    let mut map = HeaderMap::new();
    headers
        .write(&mut map)
        .map_err(|_| status::MALFORMED_CONTROL_FILE)?;
    match SendHeaders::read(&map) {
        Ok(_) => Ok(headers),
        Err(HeaderFaults::RecipientBlank) => Err(status::TO_MISSING),
        Err(_) => Err(status::MALFORMED_CONTROL_FILE),
    }
}
