//! Whether a request was made by a page of this very address. Browsers say so themselves.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Uri};

/// What a browser says of where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// From a page of this address, or typed by a person.
    Here,
    /// From another site.
    Elsewhere,
    /// It does not say, as programs do not.
    Unsaid,
}

/// Reads `Sec-Fetch-Site`, and `Origin` where that says nothing.
pub(crate) fn asked_from(headers: &HeaderMap) -> Asked {
    match text(headers, "sec-fetch-site") {
        Some("same-origin" | "none") => return Asked::Here,
        Some(_) => return Asked::Elsewhere,
        None => {}
    }
    let Some(origin) = text(headers, ORIGIN.as_str()) else {
        return if headers.contains_key(ORIGIN) {
            Asked::Elsewhere
        } else {
            Asked::Unsaid
        };
    };
    let origin = origin.parse::<Uri>().ok();
    let authority = origin
        .as_ref()
        .filter(|origin| origin.scheme().is_some())
        .and_then(Uri::authority);
    match (authority, text(headers, HOST.as_str())) {
        (Some(origin), Some(host)) if origin.as_str().eq_ignore_ascii_case(host) => Asked::Here,
        _ => Asked::Elsewhere,
    }
}

/// Whether a browser loads this into a page of another site, such as a picture or a script.
pub(crate) fn is_embedded_elsewhere(headers: &HeaderMap) -> bool {
    let navigates = text(headers, "sec-fetch-mode") == Some("navigate");
    matches!(
        text(headers, "sec-fetch-site"),
        Some("cross-site" | "same-site")
    ) && !navigates
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
