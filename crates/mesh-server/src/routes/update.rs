//! `POST /messageexchange/{mailbox_id}/update`: the Java client asks whether a newer version of
//! itself is to be had. There never is.

use axum::response::Response;
use http::StatusCode;

use crate::answer;
use crate::session::Session;

pub(super) async fn update(_session: Session) -> Response {
    answer::empty(StatusCode::OK)
}
