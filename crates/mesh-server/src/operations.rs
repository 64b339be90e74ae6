//! What the operations listener answers.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use exchange::Exchange;
use http::StatusCode;

/// `GET /metrics`, and `GET /health`: 200, with a line when bodies wait for memory, or 503 and a line
/// that says why no message is taken.
pub fn operations_router(exchange: Exchange) -> Router {
    https_listener::operations_router(get(health).with_state(exchange))
}

async fn health(State(exchange): State<Exchange>) -> Response {
    match exchange.trouble().await {
        None => match exchange.bodies_waiting() {
            0 => StatusCode::OK.into_response(),
            waiting => format!(
                "{waiting} bodies wait for memory; uploads of one or more mailboxes take as much as \
                 they may\n"
            )
            .into_response(),
        },
        Some(trouble) => (StatusCode::SERVICE_UNAVAILABLE, format!("{trouble}\n")).into_response(),
    }
}
