//! The pages of the sandbox: a list beside one message or one refused request; sending, mailboxes, the API.

mod api_page;
mod faults;
mod forms;
mod frame;
mod list;
mod mailboxes;
mod message;
mod refused;
mod rendered;
mod send;
mod source_view;
mod views;

pub(crate) use frame::{SCRIPT, STYLE};

use axum::Router;
use axum::routing::{get, post};

use super::state::Sandbox;

/// Every page and form.
pub(crate) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/", get(list::page))
        .route("/messages/{id}", get(message::page))
        .route("/messages/{id}/content", get(message::content))
        .route("/messages/{id}/stored", get(message::stored))
        .route(
            "/messages/{id}/attachments/{number}",
            get(message::attachment),
        )
        .route("/messages/{id}/reply", post(forms::reply))
        .route("/messages/{id}/replay", post(forms::replay))
        .route("/messages/{id}/delete", post(forms::delete))
        .route("/refused/{number}", get(refused::page))
        .route("/refused/{number}/body", get(refused::body))
        .route("/refused/{number}/delete", post(forms::delete_refused))
        .route("/delete-all", post(forms::delete_all))
        .route("/send", get(send::page).post(send::run))
        .route("/faults", get(faults::page).post(faults::switch_on))
        .route("/faults/off", post(faults::switch_off))
        .route("/mailboxes", get(mailboxes::page))
        .route("/api", get(api_page::page))
}
