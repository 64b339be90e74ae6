//! A mailbox is taken out of service, or into it again.

use axum::extract::{Path, State};
use axum::response::Redirect;
use pages::{Notice, Problem};

use super::found;
use crate::console::{Console, View, problem};

/// Refuses the mailbox from now on, and delivers nothing to it.
pub(crate) async fn disable(
    view: View,
    State(console): State<Console>,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let words = "The mailbox is disabled: its client is refused, and nothing is delivered to it";
    switch(&view, &console, &id, false, words).await
}

/// Takes it into service again.
pub(crate) async fn enable(
    view: View,
    State(console): State<Console>,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let words = "The mailbox is in service again";
    switch(&view, &console, &id, true, words).await
}

async fn switch(
    view: &View,
    console: &Console,
    id: &str,
    active: bool,
    words: &str,
) -> Result<Redirect, Problem> {
    let id = found(console, id).await?.mailbox.id;
    let address = view.link(&format!("/mailboxes/{id}"));
    let who = view.session().user();
    let switched = console
        .exchange
        .operate(who, move |operator| operator.set_active(&id, active));
    switched.await.map_err(problem)?;
    console.journeys.live().changed();
    view.tell(Notice::success(words));
    Ok(Redirect::to(&address))
}
