//! Reading a file as text, whatever editor wrote it.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use text_input::TextError;

use crate::error::{Problem, SettingsError};

/// The longest file of settings, in bytes.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// Reads a text file of at most [`MAX_BYTES`]: UTF-8, or UTF-16 of either byte order; a byte order mark is dropped.
/// XML may declare ISO-8859-1 or windows-1252, too ([`text_input::decode_xml`]).
///
/// # Errors
/// [`Problem::Unreadable`], [`Problem::TooLong`], [`Problem::Encoding`], [`Problem::Declared`].
pub fn read_text(path: &Path) -> Result<String, SettingsError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| SettingsError::in_file(path, Problem::Unreadable(error)))?;
    if bytes.len() as u64 > MAX_BYTES {
        let limit = MAX_BYTES;
        return Err(SettingsError::in_file(path, Problem::TooLong { limit }));
    }
    decoded(&bytes).map_err(|error| no_text(path, error))
}

/// The text of a file's bytes.
pub(crate) fn decoded(bytes: &[u8]) -> Result<String, TextError> {
    text_input::decode_xml(bytes).map(Cow::into_owned)
}

/// What keeps a file from being a text, and where.
pub(crate) fn no_text(path: &Path, error: TextError) -> SettingsError {
    let path = path.to_owned();
    let (problem, position) = match error {
        TextError::NotUtf8 { line, column, .. } | TextError::NotUtf16 { line, column } => {
            (Problem::Encoding, Some((line, column)))
        }
        TextError::Declared { name } => (Problem::Declared { name }, None),
        TextError::OnlyUtf8 { .. } => (Problem::Encoding, None),
    };
    SettingsError::new(crate::Place::File { path, position }, problem)
}

/// What a file that is no TOML at all looks like.
pub(crate) fn foreign(text: &str) -> Option<&'static str> {
    let begins = text.trim_start();
    [
        ("<", "XML (such as a meshclient.cfg)"),
        ("{", "JSON"),
        ("-----BEGIN", "a PEM file (a certificate or key)"),
        ("SQLite format 3\0", "a SQLite database"),
        ("PK\u{3}\u{4}", "a ZIP archive"),
    ]
    .into_iter()
    .find_map(|(beginning, name)| begins.starts_with(beginning).then_some(name))
}
