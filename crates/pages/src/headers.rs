//! The security headers of every answer.

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::origin;

/// Our own scripts, styles and pictures, nothing inline, nothing from anywhere else.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; object-src 'self'; frame-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Puts the security headers on every answer that does not set its own, and refuses to be built
/// into other sites' pages.
pub(crate) async fn protect(State(secure): State<bool>, request: Request, next: Next) -> Response {
    // Another site's form goes on to where it is refused and noted.
    let is_form = request.method() == Method::POST;
    let mut response = if !is_form && origin::is_embedded_elsewhere(request.headers()) {
        (StatusCode::FORBIDDEN, "asked for by another site").into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    set(headers, CONTENT_SECURITY_POLICY, PAGE_POLICY);
    set(headers, CACHE_CONTROL, "no-store");
    // Not no-referrer: browsers would then call the origin of our own forms "null".
    set(headers, REFERRER_POLICY, "same-origin");
    set(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, X_FRAME_OPTIONS, "DENY");
    let others = [
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
        ),
    ];
    for (name, value) in others {
        set(headers, HeaderName::from_static(name), value);
    }
    if secure {
        set(headers, STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers
        .entry(name)
        .or_insert(HeaderValue::from_static(value));
}

/// Headers for a document out of a record, such as a PDF, that a page of the same address shows in
/// a frame: nothing in it runs, and no other site may frame it. A browser's own PDF viewer styles
/// itself inline.
pub fn content_policy() -> [(HeaderName, HeaderValue); 2] {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; \
        object-src 'self'; frame-ancestors 'self'";
    [
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
        (X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
    ]
}
