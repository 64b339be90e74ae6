//! `GET /messageexchange/openapi.json`: the server's own description. It is kept by hand in
//! `openapi.json` beside this crate's manifest; the tests compare it with the router.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;

use crate::answer;

const DESCRIPTION: &str = include_str!("../../openapi.json");

pub(super) async fn describe() -> Response {
    ([(CONTENT_TYPE, answer::JSON)], DESCRIPTION).into_response()
}
