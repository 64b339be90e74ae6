//! Checking fields, each named by its path when it is wrong.

use itk3::payload::record::FieldError;
use nhs::{FamilyName, PatientAddress};

/// Longest short text (names, titles, telephone numbers), in characters.
const SHORT: usize = 255;
/// Longest clinical text, in characters.
const LONG: usize = 100_000;
/// Longest address and subject that MESH carries, in characters.
const ADDRESS: usize = 100;
pub(crate) const SUBJECT: usize = 500;
/// Most given names.
const NAMES: usize = 20;

/// What is wrong so far.
#[derive(Default)]
pub(crate) struct Fields {
    pub(crate) errors: Vec<FieldError>,
}

impl Fields {
    pub(crate) fn wrong(&mut self, path: &str, expected: impl Into<String>) {
        self.errors.push(FieldError {
            path: path.to_owned(),
            expected: expected.into(),
        });
    }

    pub(crate) fn count(&mut self, path: &str, found: usize, most: usize) {
        if found > most {
            self.wrong(path, format!("at most {most}, found {found}"));
        }
    }

    pub(crate) fn short(&mut self, path: &str, text: &str) {
        let length = text.chars().count();
        if text.trim().is_empty() {
            self.wrong(path, "a text that is not empty");
        } else if length > SHORT {
            self.wrong(path, format!("at most {SHORT} characters, found {length}"));
        } else if text.chars().any(char::is_control) {
            self.wrong(path, "a text without control characters or line breaks");
        }
    }

    /// A patient's family name, for which the address of the message has to have room.
    pub(crate) fn addressed(&mut self, path: &str, family_name: &FamilyName) {
        let length = family_name.as_str().chars().count();
        let most = ADDRESS - PatientAddress::BEFORE_THE_NAME;
        if length > most {
            let expected = format!(
                "at most {most} characters, for a message's address has {ADDRESS}, found {length}"
            );
            self.wrong(path, expected);
        }
    }

    pub(crate) fn optional(&mut self, path: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.short(path, text);
        }
    }

    pub(crate) fn long(&mut self, path: &str, text: &str) {
        let length = text.chars().count();
        if text.trim().is_empty() {
            self.wrong(path, "a text that is not empty");
        } else if length > LONG {
            self.wrong(path, format!("at most {LONG} characters, found {length}"));
        } else if text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        {
            self.wrong(
                path,
                "a text without control characters other than line breaks and tabs",
            );
        }
    }

    pub(crate) fn names(&mut self, path: &str, names: &[String]) {
        self.count(path, names.len(), NAMES);
        for (n, name) in names.iter().enumerate() {
            self.short(&format!("{path}[{n}]"), name);
        }
    }
}
