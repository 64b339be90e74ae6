use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};

use super::frame::{self, Part, link, time};
use super::{PageError, Pages};
use crate::{Alert, ReceivedMessage};

/// What needs somebody, how much there is, and what arrived last.
pub(super) async fn page(State(pages): State<Pages>) -> Result<Markup, PageError> {
    let (counts, alerts, received) = pages
        .ask(|practice| Ok((practice.counts()?, practice.alerts()?, practice.received()?)))
        .await?;
    let body = html! {
        ul.counts {
            li { b { (counts.tasks) } a href=(link(&pages, "/inbox")) { "documents in the inbox" } }
            li { b { (counts.under_way) } a href=(link(&pages, "/sent")) { "reports under way" } }
            li { b { (counts.delivered) } a href=(link(&pages, "/sent")) { "reports delivered" } }
            li { b { (alerts.len()) } "things that need somebody" }
        }
        @if !alerts.is_empty() {
            h2 { "Needs somebody" }
            @for alert in &alerts { (show_alert(&pages, alert)) }
        }
        h2 { "Received messages" }
        @if received.is_empty() {
            p { "Nothing has arrived yet." }
        } @else {
            (show_received(&pages, &received))
        }
    };
    Ok(frame::page(&pages, Part::Overview, "Overview", body))
}

/// Marks an alert as dealt with.
pub(super) async fn settle(
    State(pages): State<Pages>,
    Path(alert): Path<i64>,
) -> Result<Redirect, PageError> {
    if pages.practice.settle_alert(alert, None).await? {
        Ok(Redirect::to(&link(&pages, "")))
    } else {
        Err(PageError::NotFound)
    }
}

fn show_alert(pages: &Pages, alert: &Alert) -> Markup {
    html! {
        div.alert {
            div { (alert.what) }
            div.hint { (time(alert.at)) }
            @if let Some(consultation) = alert.consultation {
                a href=(link(pages, &format!("/sent/{consultation}"))) { "Show the consultation" }
            }
            form method="post" action=(link(pages, &format!("/alerts/{}/settle", alert.id))) {
                button.secondary type="submit" { "Dealt with" }
            }
        }
    }
}

fn show_received(pages: &Pages, received: &[ReceivedMessage]) -> Markup {
    html! {
        table {
            caption { "The latest first, refused ones included" }
            thead { tr {
                th scope="col" { "Received" }
                th scope="col" { "From mailbox" }
                th scope="col" { "Answered" }
                th scope="col" { "Task" }
            } }
            tbody {
                @for message in received.iter().take(20) {
                    tr {
                        td data-label="Received" { (time(message.taken_at)) }
                        td data-label="From mailbox" {
                            (message.sender_mailbox.as_deref().unwrap_or("unknown"))
                        }
                        td data-label="Answered" {
                            @for code in &message.answers { (code) " " }
                            @if message.answers.is_empty() { "not answered" }
                        }
                        td data-label="Task" {
                            @if let Some(task) = message.task {
                                a href=(link(pages, &format!("/inbox/{task}"))) { "Open" }
                            } @else { "none" }
                        }
                    }
                }
            }
        }
    }
}
