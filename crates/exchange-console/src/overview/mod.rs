//! The first page: what needs somebody, six numbers, what happened, and what waits.

mod lower;
mod standing;
mod tiles;
mod verdict;

use axum::extract::{Query, State};
use maud::{Markup, html};
use pages::Problem;

use crate::assets;
use crate::charts;
use crate::console::{Console, View};
use standing::Standing;

/// How the exchange stands, at a glance.
pub(crate) async fn page(
    view: View,
    State(console): State<Console>,
    Query(wanted): Query<charts::Wanted>,
) -> Result<Markup, Problem> {
    let range = wanted.range();
    let standing = Standing::look(&console, range).await?;
    let needs = verdict::needs(&view, &standing);
    let of_mailboxes = needs.iter().filter(|need| need.of_mailbox).count();
    let tab = match needs.len() {
        0 => "Overview".to_owned(),
        1 => "1 needs you · Overview".to_owned(),
        count => format!("{count} need you · Overview"),
    };
    let content = html! {
        div #overview data-live {
            (verdict::show(&needs, standing.now))
            (tiles::show(&view, &standing))
            (charts::section(&view, &standing.history, range, standing.alarm))
            (lower::show(&view, &standing))
        }
    };
    Ok(view
        .page("Overview")
        .without_heading()
        .work()
        .tab(tab)
        .count(
            "/mailboxes",
            u64::try_from(of_mailboxes).unwrap_or(u64::MAX),
        )
        .asset(&assets::STYLE)
        .asset(&assets::SCRIPT)
        .show(content))
}
