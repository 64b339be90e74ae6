//! The first page: what needs somebody, how much there is, what arrived last.

use axum::extract::State;
use maud::{Markup, html};
use pages::Problem;
use pages::components::{Column, DataTable, count_card, time, visually_hidden};

use super::context::{Pages, View};
use super::{alerts, received};
use crate::ReceivedMessage;

/// Alerts shown here; the rest are on their own page.
const ALERTS: usize = 3;
/// Received messages shown.
const MESSAGES: usize = 20;

/// What needs somebody, how much there is, and what arrived last.
pub(super) async fn page(view: View, State(pages): State<Pages>) -> Result<Markup, Problem> {
    let (counts, open, messages) = pages
        .ask(&view, |practice| {
            Ok((practice.counts()?, practice.alerts()?, practice.received()?))
        })
        .await?;
    let sent = |state: &str| view.link(&format!("/sent?state={state}"));
    Ok(view.page("Overview").show(html! {
        div #overview data-live {
            div.pages-counts {
                (count_card(counts.tasks, "documents to do", &view.link("/inbox")))
                (count_card(open.len(), "alerts to deal with", &view.link("/alerts")))
                (count_card(counts.under_way, "reports under way", &sent("under-way")))
                (count_card(counts.delivered, "reports delivered", &sent("delivered")))
                (count_card(counts.failed, "reports failed", &sent("failed")))
            }
            @if !open.is_empty() { h2.nhsuk-heading-m { "Alerts" } }
            @for alert in open.iter().take(ALERTS) { (alerts::show(&view, alert)) }
            @if open.len() > ALERTS {
                p { a href=(view.link("/alerts")) { "All " (open.len()) " alerts" } }
            }
            h2.nhsuk-heading-m { "Received messages" }
            @if messages.is_empty() {
                p { "Nothing has arrived yet." }
            } @else {
                (table(&view, &messages))
            }
        }
    }))
}

fn table(view: &View, messages: &[ReceivedMessage]) -> Markup {
    let row = |message: &ReceivedMessage| {
        let found = received::counted(message);
        vec![
            time(message.taken_at),
            html! { (message.sender_mailbox.as_deref().unwrap_or("unknown")) },
            html! { (received::answered(message)) },
            html! {
                a href=(view.link(&format!("/received/{}", message.number))) {
                    @if found.is_empty() { "nothing" } @else { (found) }
                    (visually_hidden(&format!(" in message {}", message.number)))
                }
            },
            html! {
                @match message.task {
                    Some(task) => a href=(view.link(&format!("/inbox/{task}"))) { "Open" },
                    None => "none",
                }
            },
        ]
    };
    DataTable::new(
        "The latest first, refused ones included",
        vec![
            Column::text("Received"),
            Column::text("From mailbox"),
            Column::text("Answered"),
            Column::text("Found"),
            Column::text("Task"),
        ],
    )
    .rows(messages.iter().take(MESSAGES).map(row))
    .show()
}
