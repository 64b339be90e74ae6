//! Documents out of messages handed to a browser: shown where that is safe, else downloads.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::headers::content_policy;

const DOWNLOAD_POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// A content type we hand out, the start its bytes must have to be shown, and the ending of the
/// download's name. What is not in the list, or is not what it claims, is an unnamed file: HTML,
/// XML and SVG among them, which a browser would run in our name.
const TYPES: [(&str, &[u8], &str); 9] = [
    ("application/pdf", b"%PDF-", "pdf"),
    ("image/png", b"\x89PNG\r\n\x1a\n", "png"),
    ("image/jpeg", b"\xff\xd8\xff", "jpg"),
    ("image/tiff", b"", "tif"),
    ("text/plain", b"", "txt"),
    ("application/msword", b"", "doc"),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        b"PK",
        "docx",
    ),
    ("application/rtf", b"{\\rtf", "rtf"),
    ("text/rtf", b"{\\rtf", "rtf"),
];
const SHOWN: [&str; 3] = ["application/pdf", "image/png", "image/jpeg"];

/// Whether a browser shows it in the page: it is of a safe kind by what it states. The bytes are
/// looked at when it is asked for.
pub fn is_shown(content_type: &str) -> bool {
    let stated = bare(content_type);
    SHOWN.iter().any(|shown| stated.eq_ignore_ascii_case(shown))
}

/// A document of the stated type: PDF and pictures are shown, everything else is a download that no browser
/// opens in our name. `name` is that of the file without its ending; no text that others wrote.
pub fn document(content_type: &str, bytes: Vec<u8>, name: &str) -> Response {
    let stated = bare(content_type);
    let known = TYPES
        .into_iter()
        .find(|(known, start, _)| stated.eq_ignore_ascii_case(known) && bytes.starts_with(start));
    let (content_type, ending) = known
        .map_or(("application/octet-stream", "bin"), |(known, _, ending)| {
            (known, ending)
        });
    let shown = SHOWN.contains(&content_type);
    let disposition = if shown { "inline" } else { "attachment" };
    let headers = [
        (CONTENT_TYPE, content_type.to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("{disposition}; filename=\"{name}.{ending}\""),
        ),
    ];
    if shown {
        (headers, content_policy(), bytes).into_response()
    } else {
        (headers, download_policy(), bytes).into_response()
    }
}

/// Bytes of whatever kind as a download under this name, which must be no text that others wrote.
pub fn download(bytes: Vec<u8>, name: &str) -> Response {
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, download_policy(), bytes).into_response()
}

pub(crate) fn download_policy() -> [(axum::http::HeaderName, &'static str); 1] {
    [(CONTENT_SECURITY_POLICY, DOWNLOAD_POLICY)]
}

fn bare(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}
