//! Reading a consultation from JSON, with errors that carry no value of it.

use super::{CheckedConsultation, Consultation, clinical};
use crate::{FieldError, SendDocumentError};

/// Error texts that are known to carry no value of the input. Everything else serde says may quote
/// patient data and is replaced by a general word.
const SAFE_TEXTS: [&str; 7] = [
    "missing field `",
    "an NHS number is ",
    "the check digit ",
    "the NHS number is one of ",
    "a date of birth is ",
    "an ODS code is ",
    "a family name is ",
];

impl CheckedConsultation {
    /// Reads a consultation from JSON and checks it.
    ///
    /// # Errors
    /// [`SendDocumentError::InvalidConsultation`] with the path of each field that is not as
    /// documented; never with its value.
    pub fn from_json(json: &[u8]) -> Result<Self, SendDocumentError> {
        let mut reader = serde_json::Deserializer::from_slice(json);
        let consultation: Consultation = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| {
                let path = error.path().to_string();
                field_error(path, error.inner())
            })
            .and_then(|read| {
                reader
                    .end()
                    .map_err(|error| field_error(".".to_owned(), &error))?;
                Ok(read)
            })
            .map_err(|error| SendDocumentError::InvalidConsultation(vec![error]))?;
        consultation.check()
    }
}

fn field_error(path: String, error: &serde_json::Error) -> FieldError {
    let text = error.to_string();
    let place = format!("at line {} column {}", error.line(), error.column());
    let expected = if SAFE_TEXTS.iter().any(|safe| text.starts_with(safe))
        || text.starts_with(clinical::BASE64_EXPECTED)
    {
        text
    } else if text.starts_with("unknown field") {
        format!("a field of the consultation format, found an unknown one {place}")
    } else if error.is_data() {
        format!("a value of the documented type and form, found another {place}")
    } else {
        format!("JSON, found something else {place}")
    };
    FieldError { path, expected }
}
