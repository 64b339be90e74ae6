//! From a message to what a receiving practice works with.

use itk3::Received;
use itk3::payload::Inner;

use crate::SendDocumentError;
use crate::sentence::Sentence;

/// Reads what a message carries, tolerantly. The version is the one the narrative tells, else that of
/// Composition.meta.
///
/// # Errors
/// [`SendDocumentError::Unreadable`] when there is no message header, no document bundle, no
/// composition or no document id: then nothing can be shown or kept apart.
pub fn read(message: &fhir::Document) -> Result<Received, SendDocumentError> {
    let mut read = itk3::payload::read(message, Inner::Document)?;
    let told = Sentence::parse(&read.text).and_then(|sentence| sentence.version);
    read.version = told.or(read.version);
    Ok(read)
}
