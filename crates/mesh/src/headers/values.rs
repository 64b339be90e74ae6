//! Reading and writing single headers.

use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderValue};

use super::text::{HeaderText, decode};
use crate::MeshError;

/// The transfer encoding of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ContentEncoding {
    /// As it is.
    #[default]
    Identity,
    /// `Content-Encoding: gzip`; each chunk is a gzip member of its own.
    Gzip,
}

impl ContentEncoding {
    /// Reads `Content-Encoding`: absent or empty, or `gzip` in any case; `None` for anything else.
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        match text(headers, CONTENT_ENCODING.as_str()) {
            None => Some(Self::Identity),
            Some(value) if value.trim().eq_ignore_ascii_case("gzip") => Some(Self::Gzip),
            Some(_) => None,
        }
    }

    pub(super) fn write(&self, headers: &mut HeaderMap) {
        if *self == Self::Gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
}

/// `y`, `yes`, `t`, `true`, `on` and `1` in any case; everything else, nonsense too, is false.
pub fn is_true(text: &str) -> bool {
    let text = text.trim();
    ["y", "yes", "t", "true", "on", "1"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

/// The header as text; `None` when absent or empty.
pub(super) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get(name)
        .map(|value| decode(value.as_bytes()).into_owned())
        .filter(|text| !text.is_empty())
}

/// The header with its bytes; `None` when absent or empty.
pub(super) fn value(headers: &HeaderMap, name: &str) -> Option<HeaderText> {
    let value = headers.get(name).filter(|value| !value.is_empty())?;
    Some(HeaderText::from_bytes(value.as_bytes()))
}

/// Inserts in the bytes it was read from; an empty one is left out.
pub(super) fn put_value(
    headers: &mut HeaderMap,
    name: &'static str,
    text: Option<&HeaderText>,
) -> Result<(), MeshError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(());
    };
    let value = HeaderValue::try_from(text.clone().into_bytes())
        .map_err(|_| MeshError::HeaderValue(name))?;
    headers.insert(name, value);
    Ok(())
}

/// Inserts UTF-8 bytes.
pub(super) fn put(
    headers: &mut HeaderMap,
    name: &'static str,
    text: &str,
) -> Result<(), MeshError> {
    let value =
        HeaderValue::from_bytes(text.as_bytes()).map_err(|_| MeshError::HeaderValue(name))?;
    headers.insert(name, value);
    Ok(())
}

/// Inserts when there is something to insert: the API leaves empty headers out.
pub(super) fn put_some(
    headers: &mut HeaderMap,
    name: &'static str,
    text: Option<&str>,
) -> Result<(), MeshError> {
    match text {
        Some(text) if !text.is_empty() => put(headers, name, text),
        _ => Ok(()),
    }
}

/// Inserts `Y` when true.
pub(super) fn put_flag(headers: &mut HeaderMap, name: &'static str, flag: bool) {
    if flag {
        headers.insert(name, HeaderValue::from_static("Y"));
    }
}
