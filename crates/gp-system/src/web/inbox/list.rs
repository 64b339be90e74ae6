//! The inbox with no letter opened.

use axum::extract::{Form, Query, State};
use axum::response::Redirect;
use maud::{Markup, html};
use pages::Problem;
use pages::components::Errors;
use serde::Deserialize;

use super::filter::Filter;
use super::frame::Inbox;
use crate::web::context::{Pages, View};

/// The list of letters.
pub(in crate::web) async fn page(
    view: View,
    State(pages): State<Pages>,
    Query(filter): Query<Filter>,
) -> Result<Markup, Problem> {
    let inbox = Inbox::of(&view, &pages, filter, None).await?;
    Ok(inbox.beside(
        "Inbox",
        &Errors::new(),
        html! {
            div.desk.none-open { p { "Choose a letter to read it here." } }
        },
    ))
}

/// The form of the list. What it searches for is posted and kept in the session.
#[derive(Deserialize)]
pub(in crate::web) struct Choices {
    #[serde(flatten)]
    filter: Filter,
    q: String,
}

/// Leads to the list with these choices, with the words searched for kept out of the address.
pub(in crate::web) async fn choose(view: View, Form(choices): Form<Choices>) -> Redirect {
    let words = choices.q.trim();
    let search = match words {
        "" => String::new(),
        words => view.keep_text(words),
    };
    let filter = Filter {
        search,
        page: None,
        ..choices.filter
    };
    Redirect::to(&view.link(&filter.address()))
}
