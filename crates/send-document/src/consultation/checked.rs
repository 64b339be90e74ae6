//! A consultation with the proof that it keeps the rules of its format.

use std::ops::Deref;

use itk3::payload::record::{self, Record as _};
use serde::Serialize;

use super::Consultation;
use crate::SendDocumentError;

/// A consultation that was checked: what is printed, stored and built takes this type, so that
/// nothing checks again. Made by [`Consultation::check`] and [`CheckedConsultation::from_json`]
/// only, and cannot be changed.
#[derive(Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct CheckedConsultation(Consultation);

redacted_debug!(CheckedConsultation);

impl Consultation {
    /// Checks what the types cannot: texts that must not be empty, lengths, characters that no PDF
    /// or XML can carry, attachment types.
    ///
    /// # Errors
    /// [`SendDocumentError::InvalidConsultation`] with every field that is wrong.
    pub fn check(self) -> Result<CheckedConsultation, SendDocumentError> {
        let wrong = self.wrong_fields();
        if wrong.is_empty() {
            Ok(CheckedConsultation(self))
        } else {
            Err(SendDocumentError::InvalidConsultation(wrong))
        }
    }
}

impl CheckedConsultation {
    /// Reads a consultation from JSON, UTF-8 or UTF-16 with or without a byte order mark, and checks
    /// it.
    ///
    /// # Errors
    /// [`SendDocumentError::InvalidConsultation`] with the path of each field that is not as
    /// documented; never with its value.
    pub fn from_json(json: &[u8]) -> Result<Self, SendDocumentError> {
        let read: Result<Consultation, _> = record::read(json);
        read.map_err(SendDocumentError::InvalidConsultation)?
            .check()
    }

    /// The consultation without the proof, to be changed and checked again.
    pub fn into_inner(self) -> Consultation {
        self.0
    }
}

impl Deref for CheckedConsultation {
    type Target = Consultation;

    fn deref(&self) -> &Consultation {
        &self.0
    }
}
