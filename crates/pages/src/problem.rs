//! Why a page could not be shown.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// Why a page could not be shown. Shown within the site's layout; says nothing of the inside.
#[derive(Debug, Clone)]
pub struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) title: String,
    pub(crate) words: String,
}

impl Problem {
    /// A problem in words of its own.
    pub fn new(status: StatusCode, title: impl Into<String>, words: impl Into<String>) -> Self {
        Self {
            status,
            title: title.into(),
            words: words.into(),
        }
    }

    /// 404: no such thing, or none this user may know of.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "Page not found",
            "There is nothing here. If you followed a link, what it led to may have been removed.",
        )
    }

    /// 403: the user's role may not.
    pub fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "You may not see this page",
            "Your role does not include it. An administrator can give you another role.",
        )
    }

    /// 500: our own failure, which the log tells of.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong",
            "The records could not be read. Nothing was changed; try again in a moment.",
        )
    }

    /// 503: what the records are kept in does not answer.
    pub fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "Not available for the moment",
            "The records cannot be reached. Nothing was changed; try again in a moment.",
        )
    }

    /// 504: what the records are kept in broke off.
    pub fn uncertain() -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            "It is not known whether this was done",
            "The records could not be reached any more in the middle of it. Look whether it was done before you do it again.",
        )
    }

    pub(crate) fn signed_out() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "You are signed out",
            "Nothing was changed. Sign in and do it again.",
        )
    }

    pub(crate) fn password_first() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "Choose a password first",
            "Nothing was changed. The password you signed in with was given out by an administrator; choose one \
             that only you know.",
        )
    }

    pub(crate) fn not_from_here() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "The form could not be taken",
            "It does not belong to this session, or another site sent it. Nothing was changed; \
             open the page again and send the form from there.",
        )
    }

    pub(crate) fn other_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "Another method",
            "There is something at this address, but nothing that takes this method. Nothing was changed.",
        )
    }

    pub(crate) fn another_name() -> Self {
        Self::new(
            StatusCode::MISDIRECTED_REQUEST,
            "Asked for by another name",
            "This site has no sign-in and answers only to names that nobody else can give to this machine: 127.0.0.1 \
             or localhost, and what it was started with.",
        )
    }

    pub(crate) fn without_token() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "The request has no token of this site",
            "Nothing was changed. A form brings it when its page was opened since the site was started; a program \
             asks GET /api/v1 for it and sends it in the header x-restante-token.",
        )
    }

    pub(crate) fn too_many_pages() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many open pages",
            "Six open pages of a session renew themselves. Close one, or reload this one by hand.",
        )
    }

    pub(crate) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "That is too large",
            "Nothing was changed. Send less at once.",
        )
    }
}

/// An empty answer that carries its problem; the middleware draws the page.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
