//! The inbox with no letter opened.

use axum::extract::{Form, Query, State};
use axum::response::Redirect;
use maud::{Markup, html};
use pages::Problem;
use pages::components::Errors;
use serde::Deserialize;

use super::filter::{Filter, ORDERS};
use super::frame::Inbox;
use crate::InboxHabit;
use crate::web::context::{Pages, View};

/// The list of letters.
pub(in crate::web) async fn page(
    view: View,
    State(pages): State<Pages>,
    Query(filter): Query<Filter>,
) -> Result<Markup, Problem> {
    let inbox = Inbox::of(&view, &pages, filter, None).await?;
    let first = inbox.found.tasks.first();
    let first = first.map(|task| view.link(&inbox.filter.letter(task.id)));
    Ok(inbox.beside(
        "Inbox",
        &Errors::new(),
        html! {
            div.desk.none-open #none-open data-live {
                @if let Some(first) = first {
                    p { "No letter is open. " a href=(first) { "Open the first of the list" } "." }
                }
            }
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

/// Leads to the list with these choices, with the words searched for kept out of the address. The order is
/// this user's from now on.
pub(in crate::web) async fn choose(
    view: View,
    State(pages): State<Pages>,
    Form(choices): Form<Choices>,
) -> Result<Redirect, Problem> {
    let words = choices.q.trim();
    let search = match words {
        "" => String::new(),
        words => view.keep_text(words),
    };
    let sort = choices.filter.sort.as_str();
    if ORDERS.iter().any(|(name, ..)| *name == sort) {
        let habit = InboxHabit::Sort(sort.to_owned());
        pages.by(&view).change_inbox(habit).await?;
    }
    let filter = Filter {
        search,
        page: None,
        ..choices.filter
    };
    Ok(Redirect::to(&view.link(&filter.address())))
}
