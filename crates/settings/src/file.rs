//! Reading a file as text, whatever editor wrote it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{Problem, SettingsError};
use crate::tree::Position;

/// The longest file of settings, in bytes.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// Reads a text file of at most [`MAX_BYTES`]: UTF-8, or UTF-16 of either byte order; a byte order mark is dropped.
///
/// # Errors
/// [`Problem::Unreadable`], [`Problem::TooLong`], [`Problem::Encoding`].
pub fn read_text(path: &Path) -> Result<String, SettingsError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| SettingsError::in_file(path, Problem::Unreadable(error)))?;
    if bytes.len() as u64 > MAX_BYTES {
        let limit = MAX_BYTES;
        return Err(SettingsError::in_file(path, Problem::TooLong { limit }));
    }
    decoded(&bytes).map_err(|position| {
        let path = path.to_owned();
        let position = Some(position);
        SettingsError::new(crate::Place::File { path, position }, Problem::Encoding)
    })
}

/// The text, or where it ceases to be one.
pub(crate) fn decoded(bytes: &[u8]) -> Result<String, Position> {
    if let Some(rest) = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]) {
        return utf8(rest);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xff, 0xfe]) {
        return utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xfe, 0xff]) {
        return utf16(rest, u16::from_be_bytes);
    }
    match bytes {
        // Without a mark: no text begins with a NUL, and what we read begins with ASCII.
        [0, low, ..] if *low != 0 => utf16(bytes, u16::from_be_bytes),
        [low, 0, ..] if *low != 0 => utf16(bytes, u16::from_le_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<String, Position> {
    std::str::from_utf8(bytes)
        .map(str::to_owned)
        .map_err(|error| {
            let (good, _) = bytes
                .split_at_checked(error.valid_up_to())
                .unwrap_or_default();
            let good = String::from_utf8_lossy(good);
            crate::tree::position(&good, good.len())
        })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Position> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(pairs.len());
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match decoded {
            Ok(character) => text.push(character),
            Err(_) => return Err(crate::tree::position(&text, text.len())),
        }
    }
    if odd.is_empty() {
        Ok(text)
    } else {
        Err(crate::tree::position(&text, text.len()))
    }
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
