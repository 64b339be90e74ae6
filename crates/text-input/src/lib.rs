//! Text that others wrote: with a byte order mark or without, in UTF-8 or UTF-16, and, where XML may say
//! so, in ISO-8859-1 or windows-1252. The one place where bytes that came from outside become text.
//!
//! - [`decode`] is for what has no declaration: settings, secrets, JSON, CSV ([`Decoded`] as a stream).
//! - [`decode_xml`] is for XML that may declare its encoding: control files, a `meshclient.cfg`.
//! - [`utf8`] is for formats that know UTF-8 only, FHIR for one: another encoding is named, not read.
//! - [`pem`] is for certificates and keys, which may be no text at all.
//! - [`is_unseen`] tells the characters that nobody sees and that act on what is shown.
//! - [`foreign()`] names what is no text at all: a PDF, a picture, an archive.
//!
//! No error repeats anything of what was read but the name of an encoding.

mod declared;
mod error;
mod foreign;
mod stream;
mod unseen;
mod utf16;

use std::borrow::Cow;

pub use error::TextError;
pub use foreign::foreign;
pub use stream::Decoded;
pub use unseen::is_unseen;

use declared::Declared;
use utf16::Order;

/// The byte order mark in UTF-8.
const MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// The text of a file without a declaration: UTF-8, or UTF-16 that has a mark or begins with an ASCII
/// character. The mark is dropped. Copies only what is not UTF-8.
///
/// # Errors
/// [`TextError::NotUtf8`], [`TextError::NotUtf16`]: where it ceases to be text.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, TextError> {
    match utf16::order(bytes) {
        Some((order, text)) => utf16::decode(text, order).map(Cow::Owned),
        None => plain(without_mark(bytes)).map(Cow::Borrowed),
    }
}

/// The text of an XML file: by its mark, else by what it declares (UTF-8, US-ASCII, UTF-16, ISO-8859-1 or
/// windows-1252, in any case), else as [`decode`]. The declaration stays in the text.
///
/// ISO-8859-1 is read as windows-1252, as browsers do: the two differ in 32 places, where the first has
/// control characters that nobody means.
///
/// # Errors
/// As [`decode`], and [`TextError::Declared`] for another encoding.
pub fn decode_xml(bytes: &[u8]) -> Result<Cow<'_, str>, TextError> {
    if bytes.starts_with(MARK) || utf16::order(bytes).is_some() {
        return decode(bytes);
    }
    match declared::of(bytes) {
        Declared::Western => {
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes);
            Ok(text)
        }
        Declared::Other(name) => Err(TextError::Declared { name }),
        Declared::Unicode | Declared::Nothing => decode(bytes),
    }
}

/// The text of a format that is UTF-8 by definition. The mark is dropped.
///
/// # Errors
/// [`TextError::OnlyUtf8`] names the encoding that it is in instead, [`TextError::NotUtf8`] the place.
pub fn utf8(bytes: &[u8]) -> Result<&str, TextError> {
    if let Some((order, _)) = utf16::order(bytes) {
        let found = match order {
            Order::Little => "UTF-16 (little endian)",
            Order::Big => "UTF-16 (big endian)",
        };
        return Err(TextError::OnlyUtf8 { found });
    }
    plain(without_mark(bytes)).map_err(|error| match declared::of(bytes) {
        Declared::Western => TextError::OnlyUtf8 {
            found: "ISO-8859-1 or windows-1252, as its XML declaration says",
        },
        Declared::Other(name) => TextError::Declared { name },
        Declared::Unicode | Declared::Nothing => error,
    })
}

/// PEM as its readers want it, UTF-8 without a mark, whatever editor wrote it; anything else (DER, a key
/// store) as it is.
pub fn pem(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some((order, text)) = utf16::order(bytes) else {
        return Cow::Borrowed(without_mark(bytes));
    };
    match utf16::decode(text, order) {
        Ok(text) if text.contains("-----BEGIN") => Cow::Owned(text.into_bytes()),
        _ => Cow::Borrowed(bytes),
    }
}

/// The bytes behind a UTF-8 mark.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(MARK).unwrap_or(bytes)
}

fn plain(bytes: &[u8]) -> Result<&str, TextError> {
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let good = bytes.get(..offset).unwrap_or_default();
        let (line, column) = end_of(&String::from_utf8_lossy(good));
        TextError::NotUtf8 {
            offset,
            line,
            column,
        }
    })
}

/// Line and column, in characters from 1, of what follows a text.
fn end_of(text: &str) -> (usize, usize) {
    let lines = text.bytes().filter(|byte| *byte == b'\n').count();
    let last = text.rsplit('\n').next().unwrap_or_default();
    (lines + 1, last.chars().count() + 1)
}
