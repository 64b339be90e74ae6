//! From bytes to a document, in whichever of the two formats they are.

use text_input::TextError;

use crate::{Document, FhirError, Limits, json, xml};

/// Reads a document as JSON when it begins with a brace, behind blanks and a byte order mark, else as
/// XML.
///
/// # Errors
/// As [`xml::read`] and [`json::read`]; [`FhirError::Foreign`] for what is neither: an empty file, a
/// PDF, a picture.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Document, FhirError> {
    if bytes.len() <= limits.bytes
        && let Some(found) = text_input::foreign(bytes)
    {
        return Err(FhirError::Foreign { found });
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if text.trim_ascii_start().starts_with(b"{") {
        json::read(bytes, limits)
    } else {
        xml::read(bytes, limits)
    }
}

/// The text of a document, which FHIR has in UTF-8 only.
pub(crate) fn text<'a>(bytes: &'a [u8], limits: &Limits) -> Result<&'a str, FhirError> {
    if bytes.len() > limits.bytes {
        return Err(FhirError::TooLarge {
            limit: limits.bytes,
            found: bytes.len(),
        });
    }
    text_input::utf8(bytes).map_err(|error| match error {
        TextError::NotUtf8 {
            offset,
            line,
            column,
        } => FhirError::NotUtf8 {
            offset,
            line,
            column,
        },
        TextError::OnlyUtf8 { found } => FhirError::Encoding {
            found: found.to_owned(),
        },
        other => FhirError::Encoding {
            found: other.to_string(),
        },
    })
}
