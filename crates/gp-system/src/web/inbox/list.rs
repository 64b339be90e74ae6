//! The workflow inbox, page by page.

use axum::extract::{Form, Query, State};
use axum::response::Redirect;
use maud::{Markup, html};
use pages::Problem;
use pages::components::{
    Column, DataTable, Field, Pagination, Sorted, foreign_text, inset_text, pagination,
    secondary_button, time,
};
use serde::Deserialize;

use super::filter::{Filter, SORTS};
use super::{address, marks, state, subject, version};
use crate::web::context::{Pages, View};
use crate::{InboxPage, Task, TaskState};

/// The workflow inbox: each task with the control file's subject (GPCM-SD-092).
pub(in crate::web) async fn page(
    view: View,
    State(pages): State<Pages>,
    Query(filter): Query<Filter>,
) -> Result<Markup, Problem> {
    let words = view.kept_text(&filter.search);
    let gone = words.is_none() && !filter.search.is_empty();
    let words = words.unwrap_or_default();
    let query = filter.query(view.session().user(), &words);
    let (found, senders) = pages
        .ask(&view, move |practice| {
            Ok((practice.inbox(&query)?, practice.inbox_senders()?))
        })
        .await?;
    Ok(view.page("Inbox").show(html! {
        @if gone {
            (inset_text(html! {
                p { "The words of this search are no longer kept. Search again." }
            }))
        }
        (choices(&view, &filter, &words, &senders))
        p.pages-take { a href=(view.link(&filter.export())) { "Export as CSV" } }
        div #tasks data-live {
            p aria-live="polite" { (summary(&found)) }
            @if !found.tasks.is_empty() { (table(&view, &filter, &found)) }
            (pagination(&parts(&view, &filter, &found)))
        }
    }))
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

fn choices(view: &View, filter: &Filter, searched: &str, senders: &[String]) -> Markup {
    let words = TaskState::ALL.map(|state| (state.as_str(), state.to_string()));
    let mut states: Vec<(&str, &str)> = words
        .iter()
        .map(|(name, words)| (*name, words.as_str()))
        .collect();
    states.push(("all", "All"));
    let mut from = vec![("", "Anybody")];
    from.extend(
        senders
            .iter()
            .map(|sender| (sender.as_str(), sender.as_str())),
    );
    html! {
        form.pages-search method="post" action=(view.link("/inbox")) role="search" {
            (view.token_field())
            (Field::new("state", "State").value(filter.state()).select(&states))
            (Field::new("kind", "Purpose").value(&filter.kind).select(&[
                ("", "Any"),
                ("action", "For Action"),
                ("information", "For Information"),
            ]))
            (Field::new("sender", "Sender").value(&filter.sender).select(&from))
            (Field::new("assigned", "Assigned to")
                .value(&filter.assigned)
                .select(&[("", "Everyone"), ("me", "Me")]))
            (Field::new("q", "Subject, patient, NHS number or sender")
                .value(searched)
                .input("search"))
            @if !filter.sort.is_empty() { input type="hidden" name="sort" value=(filter.sort); }
            @if !filter.order.is_empty() { input type="hidden" name="order" value=(filter.order); }
            (secondary_button("Show"))
        }
    }
}

fn summary(found: &InboxPage) -> String {
    let total = found.total;
    let of_pages = match found.pages {
        0 | 1 => String::new(),
        pages => format!(", page {} of {pages}", found.page),
    };
    match total {
        0 => "No task matches.".to_owned(),
        1 => "1 task.".to_owned(),
        _ if found.is_cut => {
            format!("The latest {total} tasks found{of_pages}. Search for more words to see fewer.")
        }
        _ => format!("{total} tasks{of_pages}."),
    }
}

fn table(view: &View, filter: &Filter, found: &InboxPage) -> Markup {
    let column = |words, sort: &str| {
        let is_this = SORTS
            .iter()
            .any(|(name, of)| *name == sort && *of == filter.sort());
        let (sorted, up) = match (is_this, filter.ascending()) {
            (true, true) => (Sorted::Ascending, false),
            (true, false) => (Sorted::Descending, true),
            (false, _) => (Sorted::Not, sort != "received"),
        };
        Column::text(words).sortable(view.link(&filter.sorted_by(sort, up)), sorted)
    };
    DataTable::new(
        "Workflow tasks",
        vec![
            column("Subject", "subject"),
            column("Patient", "patient"),
            column("Sender", "sender"),
            Column::text("Type, version"),
            column("Received", "received"),
            Column::text("State"),
        ],
    )
    .hide_caption()
    .rows(found.tasks.iter().map(|task| row(view, task)))
    .show()
}

fn row(view: &View, task: &Task) -> Vec<Markup> {
    vec![
        html! {
            div {
                a href=(view.link(&address(task))) { bdi { (subject(task)) } }
                div { (marks(task)) }
            }
        },
        foreign_text(&task.patient),
        foreign_text(&task.sender),
        html! { (foreign_text(&task.kind)) ", " (version(task)) },
        time(task.received_at),
        html! {
            div {
                (state(task))
                @if let Some(user) = &task.assigned_to { div.nhsuk-body-s { (user) } }
            }
        },
    ]
}

fn parts(view: &View, filter: &Filter, found: &InboxPage) -> Pagination {
    let part = |page: u32| {
        let words = format!("Page {page} of {}", found.pages);
        (view.link(&filter.at(page)), words)
    };
    Pagination {
        previous: (found.page > 1).then(|| part(found.page - 1)),
        next: (found.page < found.pages).then(|| part(found.page + 1)),
    }
}
