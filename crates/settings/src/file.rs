//! Reading a file as text, whatever editor wrote it.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use durable::Exposure;
use text_input::TextError;

use crate::error::{Problem, SettingsError};

/// The longest file of settings, in bytes.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// A text file that was read.
#[derive(Clone)]
pub struct TextFile {
    /// Its text.
    pub text: String,
    /// How others can reach it, which matters when a secret stands in it.
    pub(crate) exposure: Option<Exposure>,
}

/// Not its text, which may hold secrets.
impl fmt::Debug for TextFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextFile")
            .field("exposure", &self.exposure)
            .finish_non_exhaustive()
    }
}

/// The bytes of a file of at most [`MAX_BYTES`], and how others can reach it.
fn read_bytes(path: &Path) -> Result<(Vec<u8>, Option<Exposure>), SettingsError> {
    let mut bytes = Vec::new();
    let unreadable = |error| SettingsError::in_file(path, Problem::Unreadable(error));
    let file = File::open(path).map_err(unreadable)?;
    let exposure = Exposure::of(&file, path).map_err(unreadable)?;
    let read = file.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(unreadable)?;
    if bytes.len() as u64 > MAX_BYTES {
        let limit = MAX_BYTES;
        return Err(SettingsError::in_file(path, Problem::TooLong { limit }));
    }
    Ok((bytes, exposure))
}

/// The text of a file, unless it is plainly no text, such as a PDF. An empty file is an empty text: all settings may
/// come from the environment.
fn text_of(path: &Path, expected: &'static str) -> Result<TextFile, SettingsError> {
    let (bytes, exposure) = read_bytes(path)?;
    let is_empty = bytes.trim_ascii().is_empty();
    match text_input::foreign(&bytes).filter(|_| !is_empty) {
        Some(found) => Err(foreign(path, found, expected)),
        None => match decoded(&bytes) {
            Ok(text) => Ok(TextFile { text, exposure }),
            Err(error) => Err(no_text(path, error)),
        },
    }
}

/// As [`read_text`], for settings in TOML: a text of another kind is named.
pub(crate) fn read_toml(path: &Path, expected: &'static str) -> Result<TextFile, SettingsError> {
    let file = text_of(path, expected)?;
    match other_kind(&file.text) {
        Some(found) => Err(foreign(path, found, expected)),
        None => Ok(file),
    }
}

fn foreign(path: &Path, found: &'static str, expected: &'static str) -> SettingsError {
    SettingsError::in_file(path, Problem::Foreign { found, expected })
}

/// Reads a text file of at most [`MAX_BYTES`]: UTF-8, or UTF-16 of either byte order; a byte order mark is dropped.
/// XML may declare ISO-8859-1 or windows-1252, too ([`text_input::decode_xml`]).
///
/// # Errors
/// [`Problem::Unreadable`], [`Problem::TooLong`], [`Problem::Foreign`], [`Problem::Encoding`], [`Problem::Declared`].
pub fn read_text(path: &Path) -> Result<TextFile, SettingsError> {
    text_of(path, "a text file")
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

/// How much of a text is looked at for the element it begins with, in bytes: declaration and comments come first.
const BEGINNING: usize = 2_000;

/// What a text that is no TOML at all looks like.
fn other_kind(text: &str) -> Option<&'static str> {
    let begins = text.trim_start();
    if begins.starts_with('{') {
        return Some("JSON");
    }
    if !begins.starts_with('<') {
        return None;
    }
    let beginning = begins.as_bytes();
    let beginning = beginning.get(..BEGINNING).unwrap_or(beginning);
    let has = |element: &str| {
        beginning
            .windows(element.len())
            .any(|part| part == element.as_bytes())
    };
    [
        (
            "<MESHConfig",
            "a meshclient.cfg, which is given to restante client --config",
        ),
        ("<DTSControl", "a control file (.ctl)"),
        ("<Bundle", "a FHIR message"),
    ]
    .into_iter()
    .find_map(|(element, name)| has(element).then_some(name))
    .or(Some("XML"))
}
