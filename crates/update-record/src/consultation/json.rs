//! Reading a consultation from JSON, with errors that carry no value of it.

use super::{CheckedConsultation, Consultation};
use crate::{BuildError, FieldError};

/// How errors of serde and of our own types begin that say what was expected and quote nothing.
const SENTENCES: [&str; 8] = [
    "missing field `",
    "an NHS number is ",
    "the check digit ",
    "the NHS number is one of ",
    "a date of birth is ",
    "an ODS code is ",
    "a family name is ",
    "duplicate field `",
];

impl CheckedConsultation {
    /// Reads a consultation from JSON, UTF-8 or UTF-16 with or without a byte order mark, and checks it.
    ///
    /// # Errors
    /// [`BuildError::Consultation`] with the path of what is not as documented; never with its value.
    pub fn from_json(json: &[u8]) -> Result<Self, BuildError> {
        let whole = |expected: String| {
            BuildError::Consultation(vec![FieldError {
                path: ".".to_owned(),
                expected,
            }])
        };
        if let Some(found) = text_input::foreign(json) {
            return Err(whole(format!("expected JSON, found {found}")));
        }
        let text = text_input::decode(json).map_err(|error| whole(error.to_string()))?;
        let mut reader = serde_json::Deserializer::from_str(&text);
        let read: Result<Consultation, _> = serde_path_to_error::deserialize(&mut reader);
        let consultation = read.map_err(|error| match error.inner().is_data() {
            true => BuildError::Consultation(vec![FieldError {
                path: error.path().to_string(),
                expected: expected(&error.inner().to_string()),
            }]),
            false => whole(not_json(error.inner())),
        })?;
        reader.end().map_err(|error| whole(not_json(&error)))?;
        consultation.check()
    }
}

fn not_json(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    format!("expected JSON, found something else at line {line} column {column}")
}

fn expected(text: &str) -> String {
    let text = text
        .rfind(" at line ")
        .and_then(|end| text.get(..end))
        .unwrap_or(text);
    if SENTENCES.iter().any(|begin| text.starts_with(begin)) {
        text.to_owned()
    } else if text.starts_with("unknown field") {
        let known = text.rsplit_once("expected ").map_or("", |(_, known)| known);
        format!("expected a field of the format; here are {known}")
    } else {
        let known = text
            .rsplit_once(", expected ")
            .map_or("a value of the documented form", |(_, it)| it);
        format!("expected {known}, found another")
    }
}
