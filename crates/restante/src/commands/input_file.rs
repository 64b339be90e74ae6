//! Files that people give to commands: read whole, and named when they are plainly another file than is meant.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path};

use durable::{OwnedBy, PlainFile};
use send_document::{CheckedConsultation, CheckedDocument, SendDocumentError};

use crate::error::{self, Error};

/// Bytes of the longest message or record that is read, files in base64 included: as much as a practice takes.
const LONGEST_RECORD: u64 = 64 << 20;

/// How much of a file is looked at for the element it begins with, in bytes: declaration and comments come first.
const BEGINNING: usize = 2_000;

/// A file, or what comes through a pipe, up to the bound.
fn bounded(path: &Path, expected: &'static str) -> Result<Vec<u8>, Error> {
    let file = File::open(path).map_err(error::at(path))?;
    let mut bytes = Vec::new();
    file.take(LONGEST_RECORD + 1)
        .read_to_end(&mut bytes)
        .map_err(error::at(path))?;
    if bytes.len() as u64 > LONGEST_RECORD {
        return Err(Error::OtherFile {
            path: path.to_owned(),
            found: "more than 64 MiB",
            expected,
            remedy: "give it a file of 64 MiB at most; no practice takes a longer message",
        });
    }
    Ok(bytes)
}

/// The bytes of a message.
///
/// # Errors
///
/// When the file cannot be read, or is a message's control file.
pub fn message(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = bounded(path, "a message")?;
    let beginning = bytes.get(..BEGINNING).unwrap_or(&bytes);
    let control = b"<DTSControl";
    if beginning.windows(control.len()).any(|part| part == control) {
        return Err(Error::OtherFile {
            path: path.to_owned(),
            found: "a control file",
            expected: "a message",
            remedy: "give it behind --control, beside its message, or to restante control-file check",
        });
    }
    Ok(bytes)
}

/// The bytes of a journey that was exported.
///
/// # Errors
///
/// When the file cannot be read, or is too long for one.
pub fn evidence(path: &Path) -> Result<Vec<u8>, Error> {
    bounded(path, "a journey that was exported")
}

/// Bytes of the longest file that a record names.
const LONGEST_FILE: u64 = 40_000_000;

/// A consultation, which docs/reference/consultation.md describes.
///
/// # Errors
///
/// When the file cannot be read; names every field that is wrong.
pub fn consultation(path: &Path) -> Result<CheckedConsultation, Error> {
    let bytes = bounded(path, "a consultation")?;
    CheckedConsultation::from_json(&bytes).map_err(|error| match error {
        SendDocumentError::InvalidConsultation(wrong) => Error::Consultation {
            path: path.to_owned(),
            wrong,
        },
        other => other.into(),
    })
}

/// A document, which docs/reference/document.md describes, with its files.
///
/// # Errors
///
/// When the record cannot be read; names every field and file that is wrong.
pub fn document(path: &Path) -> Result<CheckedDocument, Error> {
    let record = PlainFile::open(path, &OwnedBy::Anyone)?.contents(LONGEST_RECORD)?;
    let directory = path.parent().unwrap_or(Path::new(""));
    let mut read = |name: &str| file_beside(directory, name);
    CheckedDocument::from_json(&record, &mut read).map_err(|error| match error {
        SendDocumentError::InvalidDocument(wrong) => Error::Document {
            path: path.to_owned(),
            wrong,
        },
        other => other.into(),
    })
}

/// A file that a record names. Whoever may write a record cannot have any file of this machine sent by
/// it, only those beside it: a directory on the way could be a link to elsewhere.
fn file_beside(directory: &Path, name: &str) -> Result<Vec<u8>, String> {
    let mut parts = Path::new(name).components();
    let is_name = matches!(parts.next(), Some(Component::Normal(part)) if part == name);
    if !is_name || parts.next().is_some() {
        let expected = "the name of a file beside the record, without directories; put it there";
        return Err(expected.to_owned());
    }
    let file = PlainFile::open(&directory.join(name), &OwnedBy::Anyone);
    file.and_then(|file| file.contents(LONGEST_FILE))
        .map_err(|error| format!("a file that can be read: {error}"))
}

/// A pharmacy's consultation, which docs/reference/update-record.md describes.
///
/// # Errors
///
/// When the file cannot be read; names what is wrong.
pub fn pharmacy_consultation(path: &Path) -> Result<update_record::CheckedConsultation, Error> {
    let bytes = bounded(path, "a pharmacy's consultation")?;
    update_record::CheckedConsultation::from_json(&bytes).map_err(|error| match error {
        update_record::BuildError::Consultation(wrong) => Error::Consultation {
            path: path.to_owned(),
            wrong,
        },
        other => itk3::PayloadError::from(other).into(),
    })
}
