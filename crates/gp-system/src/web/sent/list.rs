//! The sent consultations, page by page.

use axum::extract::{Query, State};
use maud::{Markup, html};
use pages::Problem;
use pages::components::{
    Column, DataTable, Field, Pagination, foreign_text, pagination, print_button, secondary_button,
    time,
};
use serde::Deserialize;

use super::state;
use crate::web::context::{Pages, View};
use crate::{ConsultationRecord, ConsultationState, SentPage, SentQuery, SentState};

/// The choice as it stands in the page's address.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Filter {
    state: String,
    page: Option<String>,
}

const STATES: [(&str, &str, SentState); 5] = [
    (
        "waiting",
        "Waiting to be sent",
        SentState::Only(ConsultationState::Waiting),
    ),
    ("under-way", "In progress", SentState::UnderWay),
    (
        "delivered",
        "Delivered, patient matched",
        SentState::Only(ConsultationState::Delivered),
    ),
    (
        "failed",
        "Failed",
        SentState::Only(ConsultationState::Failed),
    ),
    (
        "withdrawn",
        "Withdrawn, never sent",
        SentState::Only(ConsultationState::Withdrawn),
    ),
];

impl Filter {
    pub(in crate::web) fn query(&self) -> SentQuery {
        let page = self.page.as_deref().and_then(|page| page.parse().ok());
        SentQuery {
            state: STATES
                .iter()
                .find(|(name, ..)| *name == self.state)
                .map(|(_, _, state)| *state),
            search: String::new(),
            page: page.unwrap_or(1),
        }
    }
}

/// Each consultation with its state in words.
pub(in crate::web) async fn page(
    view: View,
    State(pages): State<Pages>,
    Query(filter): Query<Filter>,
) -> Result<Markup, Problem> {
    let query = filter.query();
    let found = pages
        .ask(&view, move |practice| practice.sent(&query))
        .await?;
    let mut states = vec![("", "All")];
    states.extend(STATES.iter().map(|(name, words, _)| (*name, *words)));
    Ok(view.page("Sent consultations").show(html! {
        form.pages-search method="get" action=(view.link("/sent")) {
            (Field::new("state", "State").value(&filter.state).select(&states))
            (secondary_button("Show"))
        }
        div.pages-take {
            a href=(view.link(&format!("/sent/export?state={}", filter_name(&filter)))) { "Export as CSV" }
            (print_button())
        }
        div #consultations data-live {
            @if found.consultations.is_empty() {
                p { "No consultation is in this state." }
            } @else {
                (table(&view, &found))
            }
            (pagination(&parts(&view, &filter, &found)))
        }
    }))
}

fn table(view: &View, found: &SentPage) -> Markup {
    let row = |consultation: &ConsultationRecord| {
        let address = view.link(&format!("/sent/{}", consultation.id));
        vec![
            html! { a href=(address) { (foreign_text(&consultation.patient)) } },
            time(consultation.submitted_at),
            html! { (consultation.version) },
            html! {
                div {
                    (state(consultation))
                    @if let Some(failure) = &consultation.failure {
                        div.nhsuk-body-s { (foreign_text(&failure.reason)) }
                    }
                }
            },
        ]
    };
    DataTable::new(
        "Consultations, the latest first",
        vec![
            Column::text("Patient"),
            Column::text("Entered"),
            Column::text("Version"),
            Column::text("State"),
        ],
    )
    .hide_caption()
    .rows(found.consultations.iter().map(row))
    .show()
}

fn parts(view: &View, filter: &Filter, found: &SentPage) -> Pagination {
    let part = |page: u32| {
        let address = format!("/sent?state={}&page={page}", filter_name(filter));
        (
            view.link(&address),
            format!("Page {page} of {}", found.pages),
        )
    };
    Pagination {
        previous: (found.page > 1).then(|| part(found.page - 1)),
        next: (found.page < found.pages).then(|| part(found.page + 1)),
    }
}

/// Only a name we know goes back into an address.
fn filter_name(filter: &Filter) -> &'static str {
    STATES
        .iter()
        .find(|(name, ..)| *name == filter.state)
        .map_or("", |(name, ..)| *name)
}
