//! How the audit trail's chain stands, in words that claim no more than was looked at.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use exchange::ChainStanding;
use maud::{Markup, html};
use pages::Problem;
use pages::work::{State as Standing, tag};

use crate::console::{Console, View, problem};
use crate::labels::clock;

/// In two words.
pub(crate) fn badge(chain: &ChainStanding) -> Markup {
    match chain.broken {
        Some(_) => tag(Standing::Bad, "Chain broken"),
        None if chain.from_beginning => tag(Standing::Good, "Chain intact"),
        None => tag(Standing::Good, "Chain intact since start"),
    }
}

/// What was checked, and when.
pub(crate) fn sentence(chain: &ChainStanding) -> Markup {
    let at = clock(chain.at);
    html! {
        @if let Some((line, reason)) = chain.broken {
            "Line " (line) ": " (reason) ". Checked " (at) "."
        } @else if chain.checked.number < chain.from {
            "No line has been added since this server began to check."
        } @else {
            "Each line from " (chain.from) " to " (chain.checked.number)
            " agrees with its hash and the line before. Checked " (at) "."
        }
        @if chain.is_intact() && !chain.from_beginning {
            " Lines before " (chain.from) " were there when this server began and have not been checked by it."
        }
        @if chain.last > chain.checked.number {
            " " (chain.last - chain.checked.number) " newer lines are checked within a minute."
        }
    }
}

/// Checks the whole trail, and goes back to it. What it comes to is on that page.
pub(crate) async fn check(view: View, State(console): State<Console>) -> Result<Response, Problem> {
    console
        .exchange
        .note_use(view.session().user(), "checked audit trail", "all")
        .await
        .map_err(problem)?;
    console
        .exchange
        .check_whole_chain()
        .await
        .map_err(problem)?;
    Ok(Redirect::to(&view.link("/audit")).into_response())
}
