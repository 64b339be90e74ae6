//! The sent consultations, page by page.

use axum::extract::{Form, Query, State};
use axum::response::Redirect;
use jiff::Timestamp;
use maud::{Markup, html};
use pages::Problem;
use pages::components::{Pagination, foreign_text, pagination, print_button, time};
use pages::work::{State as Look, WorkTable, note};
use serde::Deserialize;

use super::filter::{Filter, STATES};
use super::{nhs_number, state};
use crate::web::context::{Pages, View};
use crate::web::{age, lists};
use crate::{ConsultationRecord, ConsultationState, SentCounts, SentPage};

/// Each consultation with its state in words.
pub(in crate::web) async fn page(
    view: View,
    State(pages): State<Pages>,
    Query(filter): Query<Filter>,
) -> Result<Markup, Problem> {
    let words = view.kept_text(&filter.search);
    let is_forgotten = words.is_none() && !filter.search.is_empty();
    let words = words.unwrap_or_default();
    let query = filter.query(&words);
    let (found, by_state, counts) = pages
        .ask(&view, move |practice| {
            Ok((
                practice.sent(&query)?,
                practice.sent_counts()?,
                practice.counts()?,
            ))
        })
        .await?;
    let page = view.page("Sent consultations").work().tab("Sent");
    let page = page
        .count("/inbox", counts.tasks)
        .count("/alerts", counts.alerts);
    let now = pages.practice.inner().now();
    Ok(page.asset(&lists::STYLE).show(html! {
        @if is_forgotten {
            (note(Look::Warning, html! {
                p { "The words of this search are no longer kept. Search again." }
            }))
        }
        (tools(&view, &filter, &words))
        div #consultations data-live {
            (chips(&view, &filter, &by_state))
            p.small.gap-low aria-live="polite" { (summary(&filter, &found, &words)) }
            @if !found.consultations.is_empty() {
                div.sheet { (table(&view, &found, now)) }
            }
            (pagination(&parts(&view, &filter, &found)))
        }
    }))
}

/// The search of the list. What it looks for is posted and kept in the session.
#[derive(Deserialize)]
pub(in crate::web) struct Search {
    #[serde(default)]
    state: String,
    #[serde(default)]
    q: String,
}

/// Leads to the list with these choices, with the words searched for kept out of the address.
pub(in crate::web) async fn choose(view: View, Form(search): Form<Search>) -> Redirect {
    let kept = match search.q.trim() {
        "" => String::new(),
        words => view.keep_text(words),
    };
    let filter = Filter {
        state: search.state,
        search: kept,
        page: None,
    };
    Redirect::to(&view.link(&filter.within("/sent")))
}

fn tools(view: &View, filter: &Filter, words: &str) -> Markup {
    html! {
        form.tools method="post" action=(view.link("/sent")) role="search" autocomplete="off" {
            (view.token_field())
            input type="hidden" name="state" value=(filter.state);
            label.field for="q" { "Patient, NHS number or practice" }
            input.input #q name="q" type="search" value=(words) maxlength="200";
            button.btn type="submit" { "Search" }
            @if !words.is_empty() {
                a href=(view.link(&Filter { search: String::new(), ..filter.clone() }.within("/sent"))) {
                    "Clear the search"
                }
            }
            a.btn.btn-sm.push href=(view.link(&filter.export())) { "Export as CSV" }
            (print_button())
        }
    }
}

fn chips(view: &View, filter: &Filter, counts: &SentCounts) -> Markup {
    let is_chosen = |name: &str| {
        let known = STATES.iter().any(|(known, ..)| *known == filter.state);
        let chosen = if known { filter.state.as_str() } else { "" };
        (chosen == name).then_some("true")
    };
    let count = |name: &str| match name {
        "waiting" => counts.waiting,
        "under-way" => counts.under_way,
        "overdue" => counts.overdue,
        "failed" => counts.failed,
        "delivered" => counts.delivered,
        _ => counts.withdrawn,
    };
    html! {
        nav.chips.gap-low aria-label="States" {
            a.chip href=(view.link(&filter.in_state(""))) aria-current=[is_chosen("")] { "All" }
            @for (name, words, _) in &STATES {
                a.chip href=(view.link(&filter.in_state(name))) aria-current=[is_chosen(name)] {
                    (words) " " (count(name))
                }
            }
        }
    }
}

fn summary(filter: &Filter, found: &SentPage, words: &str) -> String {
    let of_pages = match found.pages {
        0 | 1 => String::new(),
        pages => format!(", page {} of {pages}", found.page),
    };
    match found.total {
        0 if !words.is_empty() => "No consultation matches this search.".to_owned(),
        0 if filter.state.is_empty() => "No consultation has been entered yet.".to_owned(),
        0 => "No consultation is in this state.".to_owned(),
        1 => "1 consultation.".to_owned(),
        total if found.is_cut => format!(
            "The latest {total} consultations found{of_pages}. Search for more words to see fewer."
        ),
        total => format!("{total} consultations{of_pages}."),
    }
}

fn table(view: &View, found: &SentPage, now: Timestamp) -> Markup {
    let mut table = WorkTable::new(
        "Consultations, the latest first",
        &[
            "Patient",
            "Practice entered",
            "Entered",
            "Age",
            "Version",
            "State",
        ],
    );
    for consultation in &found.consultations {
        table.row(row(view, consultation, now));
    }
    table.show()
}

fn row(view: &View, consultation: &ConsultationRecord, now: Timestamp) -> Vec<Markup> {
    let address = view.link(&format!("/sent/{}", consultation.id));
    let number = nhs_number(consultation);
    let practice = consultation.receiving_practice.as_deref();
    // An end has no age that matters.
    let has_ended = matches!(
        consultation.state,
        ConsultationState::Delivered | ConsultationState::Withdrawn
    );
    vec![
        html! {
            a href=(address) { (foreign_text(&consultation.patient)) }
            @if let Some(number) = number { div.hush.nowrap { (number) } }
        },
        html! { @match practice { Some(practice) => (foreign_text(practice)), None => "not noted" } },
        time(consultation.submitted_at),
        html! {
            @if has_ended { (age::words(consultation.submitted_at, now)) }
            @else { (age::waiting(consultation.submitted_at, now)) }
        },
        html! { (consultation.version) },
        html! {
            (state(consultation))
            @if let Some(failure) = &consultation.failure {
                div { (foreign_text(&failure.reason)) " (" (foreign_text(&failure.code)) ")" }
            }
        },
    ]
}

fn parts(view: &View, filter: &Filter, found: &SentPage) -> Pagination {
    let part = |page: u32| {
        let words = format!("Page {page} of {}", found.pages);
        (view.link(&filter.at(page)), words)
    };
    Pagination {
        previous: (found.page > 1).then(|| part(found.page - 1)),
        next: (found.page < found.pages).then(|| part(found.page + 1)),
    }
}
