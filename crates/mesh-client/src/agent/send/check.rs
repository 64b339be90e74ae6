//! What a pair must be before anything of it is sent: plain files, and a control file that says what the
//! server needs, in the order of `docs/spec/mesh-client.md` §6.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use durable::{FileError, Problem};
use mesh::control_file::{self, ElementFault, Places, header_text};
use mesh::headers::limit;
use mesh::status::{self, Fault};
use mesh::{ControlFile, HeaderText, SendHeaders};
use nhs::MailboxId;

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
    /// Of a small message, the body of its one request; nothing once that was sent.
    pub body: Option<Bytes>,
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

impl From<ElementFault> for Unfit {
    fn from(fault: ElementFault) -> Self {
        Self::found(fault.fault, fault)
    }
}

impl From<Vec<ElementFault>> for Unfit {
    /// The code of the first, the words of all.
    fn from(faults: Vec<ElementFault>) -> Self {
        let words: Vec<_> = faults.iter().map(ToString::to_string).collect();
        let first = faults.first().map(|fault| fault.fault);
        Self::found(
            first.unwrap_or(status::MALFORMED_CONTROL_FILE),
            words.join("; "),
        )
    }
}

/// Why a pair was not checked to the end.
#[derive(Debug)]
pub(super) enum NotChecked {
    Unfit(Unfit),
    /// A file could not be read now, which says nothing of it.
    Unread(io::Error),
}

impl<E: Into<Unfit>> From<E> for NotChecked {
    fn from(unfit: E) -> Self {
        Self::Unfit(unfit.into())
    }
}

impl NotChecked {
    /// From what opening or reading a file came to.
    fn reading(fault: Fault) -> impl FnOnce(FileError) -> Self {
        move |error| match error.problem() {
            Problem::Other { source, .. } if is_for_now(source) => {
                Self::Unread(io::Error::new(source.kind(), error.problem().to_string()))
            }
            problem => Self::Unfit(Unfit::found(fault, problem)),
        }
    }
}

/// Whether the machine failed, not what the file is: no descriptors or memory left, or the disk fails.
fn is_for_now(error: &io::Error) -> bool {
    // EIO, ENFILE, EMFILE; ERROR_TOO_MANY_OPEN_FILES, ERROR_CRC, ERROR_IO_DEVICE.
    let codes = if cfg!(windows) {
        [4, 23, 1117]
    } else {
        [5, 23, 24]
    };
    let code = error.raw_os_error();
    error.kind() == io::ErrorKind::OutOfMemory || code.is_some_and(|code| codes.contains(&code))
}

impl Unfit {
    fn found(fault: Fault, found: impl ToString) -> Self {
        Self {
            fault,
            found: Some(found.to_string()),
        }
    }
}

/// A claim's control file, and where its elements are.
pub(super) type Located = (ControlFile, Places);

/// Reads a claim's control file; 01 when it is not a file that can be read, 06 when it is no control file.
pub(super) fn read_control(claim: &Claim) -> Result<Located, NotChecked> {
    let path = claim.control.as_ref().ok_or(status::CONTROL_FILE_MISSING)?;
    let file = open_plain(path).map_err(NotChecked::reading(status::CONTROL_FILE_MISSING))?;
    let bytes = file
        .contents(control_file::MAX_BYTES as u64)
        .map_err(NotChecked::reading(status::MALFORMED_CONTROL_FILE))?;
    ControlFile::read_with_places(&bytes).map_err(|error| control_file::unreadable(&error).into())
}

/// What the agent would refuse a control file for, whatever mailbox it is in, in the order of its checks;
/// the data file apart.
pub fn control_file_faults(bytes: &[u8]) -> Vec<ElementFault> {
    match ControlFile::read_with_places(bytes) {
        Ok((control, places)) => control_file::check(&control, &places, None)
            .err()
            .unwrap_or_default(),
        Err(error) => vec![control_file::unreadable(&error)],
    }
}

/// Checks the control file, then the data file.
pub(super) fn check(
    (control, places): &Located,
    claim: &Claim,
    mailbox: &MailboxId,
    message_limit: u64,
) -> Result<Checked, NotChecked> {
    let mut headers = control_file::check(control, places, Some(mailbox))?;
    headers.file_name = claim.data.as_deref().and_then(file_name);
    let path = claim.data.as_ref().ok_or(status::DATA_FILE_MISSING)?;
    let data = open_plain(path).map_err(NotChecked::reading(status::DATA_FILE_MISSING))?;
    let length = data.length();
    if length == 0 {
        return Err(Unfit::found(status::DATA_FILE_MISSING, "it is empty").into());
    }
    if length > message_limit {
        let found = format!("it has {length} bytes, and message_limit is {message_limit}");
        return Err(Unfit::found(status::TRANSFER_FAILED, found).into());
    }
    Ok(Checked {
        headers,
        data: Arc::new(data.into_file()),
        length,
        may_chunk: control.allow_chunking == Some(true),
        body: None,
    })
}

/// The data file's name, when a header can carry it.
fn file_name(path: &Path) -> Option<HeaderText> {
    path.file_name()
        .map(|name| header_text(&printable(name)))
        .filter(|name| name.chars().count() <= limit::FILE_NAME)
        .map(HeaderText::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_pair_is_not_given_up_because_the_machine_cannot_open_or_read_a_file_now() {
        for code in [5, 23, 24] {
            assert!(is_for_now(&io::Error::from_raw_os_error(code)));
        }
        // ELOOP and EACCES are of the file.
        for code in [40, 13] {
            assert!(!is_for_now(&io::Error::from_raw_os_error(code)));
        }
    }
}
