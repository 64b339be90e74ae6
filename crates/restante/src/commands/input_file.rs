//! Files that people give to commands: read whole, and named when they are plainly another file than is meant.

use std::path::Path;

use send_document::{CheckedConsultation, SendDocumentError};

use crate::error::{self, Error};

/// How much of a file is looked at for the element it begins with, in bytes: declaration and comments come first.
const BEGINNING: usize = 2_000;

/// The bytes of a message.
///
/// # Errors
///
/// When the file cannot be read, or is a message's control file.
pub fn message(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = std::fs::read(path).map_err(error::at(path))?;
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

/// A consultation, which docs/reference/consultation.md describes.
///
/// # Errors
///
/// When the file cannot be read; names every field that is wrong.
pub fn consultation(path: &Path) -> Result<CheckedConsultation, Error> {
    let bytes = std::fs::read(path).map_err(error::at(path))?;
    CheckedConsultation::from_json(&bytes).map_err(|error| match error {
        SendDocumentError::InvalidConsultation(wrong) => Error::Consultation {
            path: path.to_owned(),
            wrong,
        },
        other => other.into(),
    })
}

/// A pharmacy's consultation, which docs/reference/update-record.md describes.
///
/// # Errors
///
/// When the file cannot be read; names what is wrong.
pub fn pharmacy_consultation(path: &Path) -> Result<update_record::CheckedConsultation, Error> {
    let bytes = std::fs::read(path).map_err(error::at(path))?;
    update_record::CheckedConsultation::from_json(&bytes).map_err(|error| match error {
        update_record::BuildError::Consultation(wrong) => Error::Consultation {
            path: path.to_owned(),
            wrong: wrong
                .into_iter()
                .map(|field| send_document::FieldError {
                    path: field.path,
                    expected: field.expected,
                })
                .collect(),
        },
        other => itk3::PayloadError::from(other).into(),
    })
}
