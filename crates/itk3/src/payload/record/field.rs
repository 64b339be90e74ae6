//! What is wrong with a field of a record, without its value.

use std::fmt;

/// One thing a record gets wrong: where, and what was expected. Never the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field, as a path into the JSON: `sections[2].items[0].text`.
    pub path: String,
    /// What was expected there.
    pub expected: String,
}

/// What a field says that is not base64.
pub const BASE64_EXPECTED: &str = "attachment content is base64";

/// How texts begin that say all by themselves. Those of other crates' errors are known to carry no
/// value of the input; whatever else serde says may quote patient data.
const SENTENCES: [&str; 11] = [
    "missing field `",
    "duplicate field `",
    "an NHS number is ",
    "the check digit ",
    "the NHS number is one of ",
    "a date of birth is ",
    "an ODS code is ",
    "a family name is ",
    "is not a field of ",
    "expected ",
    BASE64_EXPECTED,
];

pub(super) fn is_sentence(text: &str) -> bool {
    SENTENCES.iter().any(|begin| text.starts_with(begin))
}

impl FieldError {
    /// Several of them in one line.
    pub fn list(errors: &[Self]) -> String {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        errors.join("; ")
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, expected) = (&self.path, &self.expected);
        if is_sentence(expected) {
            write!(f, "{path}: {expected}")
        } else {
            write!(f, "{path}: expected {expected}")
        }
    }
}
