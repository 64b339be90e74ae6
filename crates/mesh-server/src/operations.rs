//! What the operations listener answers.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use exchange::{Part, Room, Trouble};
use http::StatusCode;

use crate::api::Api;

const MIB: u64 = 1024 * 1024;

/// `GET /metrics`, and `GET /health`: 200, with a line each when the object store is in trouble, when bodies or answers
/// wait for memory and when room on the disk is short, or 503 and a line that says why no message is taken.
pub(crate) fn router(api: Api) -> Router {
    https_listener::operations_router(get(health).with_state(api))
}

async fn health(State(api): State<Api>) -> Response {
    let exchange = &api.exchange;
    let trouble = exchange.trouble().await;
    exchange.look_again().await;
    let parts = exchange.parts_in_trouble();
    let since = |part| parts.iter().find(|(found, _)| *found == part);
    if let Some(trouble) = trouble {
        let since = since(Part::Database).filter(|_| trouble != Trouble::Halted);
        let since = since.map_or_else(String::new, |(_, since)| format!("; since {since:.0}"));
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{trouble}{since}\n"),
        )
            .into_response();
    }
    let mut warnings = String::new();
    if let Some((_, since)) = since(Part::ObjectStore) {
        let why = exchange.why_object_store_is_in_trouble();
        let why = why.map_or_else(String::new, |why| format!(". What is wrong: {why}"));
        warnings += &format!(
            "the object store does not answer, or refuses; since {since:.0}. Messages of more than 32 KiB can be \
             neither sent nor collected, all others can{why}\n"
        );
    }
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
