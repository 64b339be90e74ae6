//! The audit trail.

use axum::extract::{Query, State};
use exchange::AuditLine;
use maud::{Markup, html};
use pages::Problem;
use pages::components::{Column, DataTable, Pagination, pagination, time};
use serde::Deserialize;

use crate::console::{Console, View, problem};
use crate::labels::{breakable, message_link};

const PAGE: u32 = 50;

/// Which part of the trail.
#[derive(Deserialize)]
pub(crate) struct Part {
    before: Option<i64>,
}

/// The audit trail, the latest first.
pub(crate) async fn page(
    view: View,
    State(console): State<Console>,
    Query(part): Query<Part>,
) -> Result<Markup, Problem> {
    let lines = console
        .exchange
        .audit_page(part.before, PAGE)
        .await
        .map_err(problem)?;
    let full = lines.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
    let next = lines
        .last()
        .filter(|_| full)
        .map(|line| view.link(&format!("/audit?before={}", line.number)));
    let content = html! {
        p { "Who changed or looked at what. Ids and codes only." }
        div #trail data-live { (table(&view, &lines)) }
        (pagination(&Pagination {
            previous: part.before.map(|_| (view.link("/audit"), "The latest".to_owned())),
            next: next.map(|address| (address, "Older".to_owned())),
        }))
    };
    Ok(view.page("Audit trail").show(content))
}

/// Lines of the trail.
pub(crate) fn table(view: &View, lines: &[AuditLine]) -> Markup {
    if lines.is_empty() {
        return html! { p { "There is no line." } };
    }
    let columns = vec![
        Column::text("When"),
        Column::text("Who"),
        Column::text("What"),
        Column::text("About"),
    ];
    let rows = lines.iter().map(|line| {
        vec![
            time(line.at),
            html! { (line.actor) },
            html! { (line.action) },
            about(view, &line.subject),
        ]
    });
    DataTable::new("Audit trail", columns)
        .hide_caption()
        .rows(rows)
        .show()
}

/// A message as a link, anything else as it is.
fn about(view: &View, subject: &str) -> Markup {
    let (first, rest) = subject.split_once(' ').unwrap_or((subject, ""));
    html! {
        @if is_message(first) { (message_link(view, first)) }
        @else { span.pages-code { (breakable(first)) } }
        @if !rest.is_empty() { " " span.pages-code { (rest) } }
    }
}

/// Ids that the exchange gives begin with their moment: 20 digits and an underscore.
fn is_message(subject: &str) -> bool {
    let moment = subject.split('_').next().unwrap_or_default();
    moment.len() == 20 && moment.bytes().all(|byte| byte.is_ascii_digit())
}
