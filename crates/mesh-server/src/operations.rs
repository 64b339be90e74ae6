//! What the operations listener answers.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use exchange::Room;
use http::StatusCode;

use crate::api::Api;

const MIB: u64 = 1024 * 1024;

/// `GET /metrics`, and `GET /health`: 200, with a line each when bodies or answers wait for memory and when
/// room on the disk is short, or 503 and a line that says why no message is taken.
pub(crate) fn router(api: Api) -> Router {
    https_listener::operations_router(get(health).with_state(api))
}

async fn health(State(api): State<Api>) -> Response {
    let exchange = &api.exchange;
    if let Some(trouble) = exchange.trouble().await {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("{trouble}\n")).into_response();
    }
    let mut warnings = String::new();
    match exchange.bodies_waiting() {
        0 => {}
        waiting => {
            warnings += &format!(
                "{waiting} bodies wait for memory; uploads of one or more mailboxes take as much as \
                 they may\n"
            );
        }
    }
    match api.downloads.waiting() {
        0 => {}
        waiting => {
            warnings += &format!(
                "{waiting} answers wait for memory; downloads of one or more mailboxes take as much as \
                 they may\n"
            );
        }
    }
    if let Some(room) = exchange.room().filter(Room::is_short) {
        let (free, reserve) = (room.free / MIB, room.reserve / MIB);
        let who = if room.is_below_reserve() {
            "new messages are refused"
        } else {
            "mailboxes that store more than a quarter of all are refused new messages"
        };
        warnings += &format!("the disk has {free} MiB free, the reserve is {reserve} MiB; {who}\n");
    }
    warnings.into_response()
}
