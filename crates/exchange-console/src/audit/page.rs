//! The audit trail, the latest first, with what narrows it.

use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use exchange::Exchange;
use maud::{Markup, html};
use pages::Problem;
use pages::components::{Errors, Field, secondary_button};

use super::table::table;
use super::wanted::Wanted;
use crate::console::{Console, View, problem};
use crate::{chain, days, sheets};

const PAGE: u32 = 50;

/// The audit trail, the latest first.
pub(crate) async fn page(
    view: View,
    State(console): State<Console>,
    Query(wanted): Query<Wanted>,
) -> Result<Markup, Problem> {
    let exchange = &console.exchange;
    let before = wanted.before.unwrap_or(i64::MAX);
    let (filter, errors) = wanted.filter();
    let found = exchange.search_audit(&filter, before, PAGE).await;
    let found = found.map_err(problem)?;
    // what is in no address cannot be asked for again by its address
    let is_live = wanted.query(exchange, None).is_some();
    let standing = exchange.chain().await.map_err(problem)?;
    let content = html! {
        div.lead {
            h1 { "Audit trail" }
            p { "Who did what to what. Ids and codes only." }
        }
        section."sheet gap-low" aria-labelledby="c" {
            div.sheet-head {
                h2 #c { "Chain" }
                div #chain data-live { (chain::badge(&standing)) }
            }
            div."sheet-in small stack" {
                p #chain-words data-live { (chain::sentence(&standing)) }
                p.hush {
                    "Each line's hash covers the line before. Head now: " span.hash { (standing.checked) }
                    ". Note it somewhere else: only that tells a trail that was written anew."
                }
                (view.form("/audit/check", secondary_button("Check the whole trail now")))
            }
        }
        (filter_form(&view, &wanted, &errors))
        div.sheet #trail data-live[is_live] {
            @if !errors.is_empty() { p.pad { "Nothing was looked for." } }
            @else if found.found.is_empty() {
                p.pad {
                    @if found.next.is_some() { "None among the lines looked at. Look further back." }
                    @else { "There is no such line." }
                }
            } @else { (table(&view, &found.found)) }
        }
        div.more {
            @if errors.is_empty() { (further(&view, &wanted, exchange, found.next)) }
        }
    };
    Ok(view
        .page("Audit trail")
        .errors(&errors)
        .without_heading()
        .work()
        .asset(&sheets::STYLE)
        .show(content))
}

fn filter_form(view: &View, wanted: &Wanted, errors: &Errors) -> Markup {
    let fields = html! {
        div.filter role="search" aria-label="Narrow the trail" {
            (Field::new("about", "Message, mailbox or other").value(&wanted.about).width(20).input("text"))
            (Field::new("who", "Who").hint("A mailbox, exchange, operator or a user").value(&wanted.who).width(10).input("text"))
            (Field::new("action", "What").hint("Such as delivered").value(&wanted.action).width(10).input("text"))
            (days::fields(&wanted.from, &wanted.to, errors))
            (secondary_button("Show"))
            @if !wanted.typed().is_empty() { a href=(view.link("/audit")) { "Show all" } }
        }
    };
    view.form("/audit", fields)
}

/// What was typed may be anything: it comes in a form, and goes into an address only where that is sure to name no
/// patient.
pub(crate) async fn look_for(
    view: View,
    State(console): State<Console>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Problem> {
    if let Some(query) = wanted.query(&console.exchange, wanted.before) {
        return Ok(Redirect::to(&view.link(&format!("/audit?{query}"))).into_response());
    }
    Ok(page(view, State(console), Query(wanted))
        .await?
        .into_response())
}

/// Further pages and the file: by address, or by forms where what was typed is in no address.
fn further(view: &View, wanted: &Wanted, exchange: &Exchange, next: Option<i64>) -> Markup {
    let Some(query) = wanted.query(exchange, None) else {
        return further_by_form(view, wanted, next);
    };
    let page = |before| wanted.query(exchange, before).unwrap_or_default();
    let address = |query: &str| view.link(&format!("/audit?{query}"));
    html! {
        @if wanted.before.is_some() { a href=(address(&query)) { "The latest" } }
        @if next.is_some() { a href=(address(&page(next))) { "Older" } }
        a href=(view.link(&format!("/audit.csv?{query}"))) { "Export as CSV" }
    }
}

fn further_by_form(view: &View, wanted: &Wanted, next: Option<i64>) -> Markup {
    let again = |path, before: Option<i64>, words| {
        let fields = html! {
            @for (name, text) in wanted.typed() { input type="hidden" name=(name) value=(text); }
            @if let Some(before) = before { input type="hidden" name="before" value=(before); }
            button."btn btn-sm" type="submit" { (words) }
        };
        view.form(path, fields)
    };
    html! {
        @if wanted.before.is_some() { (again("/audit", None, "The latest")) }
        @if next.is_some() { (again("/audit", next, "Older")) }
        (again("/audit.csv", None, "Export as CSV"))
    }
}
