//! One received message, with everything that was found in it.

use axum::extract::{Path, State};
use maud::{Markup, html};
use pages::Problem;
use pages::components::{Colour, SummaryRow, foreign_text, summary_list, tag, time};
use send_document::Severity;

use super::codes;
use super::context::{Pages, View};
use crate::{ReceivedFinding, ReceivedMessage};

/// What became of a received message, and why.
pub(super) async fn page(
    view: View,
    State(pages): State<Pages>,
    Path(number): Path<String>,
) -> Result<Markup, Problem> {
    let number: u32 = number.parse().map_err(|_| Problem::not_found())?;
    let found = pages
        .ask(&view, move |practice| practice.received_message(number))
        .await?;
    let (message, findings) = found.ok_or_else(Problem::not_found)?;
    let page = view
        .page("Received message")
        .caption(format!("Message {number}"))
        .breadcrumb("Overview", "/");
    Ok(page.show(html! {
        (summary_list(&details(&view, &message)))
        h2.nhsuk-heading-m { "What was found" }
        @if findings.is_empty() {
            p { "Nothing: the message keeps every rule." }
        } @else {
            p { (counted(&message)) ". An error is answered; a warning is told and tolerated." }
        }
        @for finding in &findings { (show(finding)) }
    }))
}

/// `2 errors, 1 warning`; empty when nothing was found.
pub(super) fn counted(message: &ReceivedMessage) -> String {
    [(message.errors, "error"), (message.warnings, "warning")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| match count {
            1 => format!("1 {what}"),
            _ => format!("{count} {what}s"),
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// The codes a message was answered with, in words.
pub(super) fn answered(message: &ReceivedMessage) -> String {
    let answers = message.answers.iter();
    let codes: Vec<String> = answers.map(|code| codes::in_words(*code)).collect();
    match codes.as_slice() {
        [] => "not answered".to_owned(),
        codes => codes.join("; "),
    }
}

fn details(view: &View, message: &ReceivedMessage) -> Vec<SummaryRow> {
    let unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "unknown".to_owned());
    let mut rows = vec![
        SummaryRow::new("Received", time(message.taken_at)),
        SummaryRow::text("From mailbox", unknown(&message.sender_mailbox)),
        SummaryRow::text("MESH message", unknown(&message.transport_id)),
        SummaryRow::text("Answered", answered(message)),
    ];
    if let Some(task) = message.task {
        let address = view.link(&format!("/inbox/{task}"));
        rows.push(SummaryRow::new(
            "Letter",
            html! { a href=(address) { "Open the letter" } },
        ));
    }
    rows
}

fn show(finding: &ReceivedFinding) -> Markup {
    let (colour, word) = match finding.severity {
        Severity::Error => (Colour::Red, "Error"),
        Severity::Warning => (Colour::Yellow, "Warning"),
    };
    html! {
        div.nhsuk-card {
            div.nhsuk-card__content {
                h3."nhsuk-card__heading nhsuk-heading-s" {
                    (tag(colour, word)) " " (foreign_text(&finding.rule))
                }
                p { (foreign_text(&finding.what)) }
                @if !finding.path.is_empty() {
                    p.nhsuk-body-s { code.pages-code { (foreign_text(&finding.path)) } }
                }
                @if !finding.remedy.is_empty() {
                    p { strong { "What the sender can do: " } (finding.remedy) }
                }
            }
        }
    }
}
