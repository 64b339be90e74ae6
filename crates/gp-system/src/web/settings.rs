//! How the practice is set up.

use axum::extract::State;
use maud::{Markup, html};
use pages::Problem;
use pages::components::{Column, DataTable, SummaryRow, summary_list};

use super::context::{Pages, View};
use crate::{Removal, Retention, Scan, ScannedBy, ScannerAddress};

/// How the practice is set up: changed in its configuration file, not here.
pub(super) async fn page(view: View, State(pages): State<Pages>) -> Result<Markup, Problem> {
    let removals = pages.ask(&view, |practice| practice.removals()).await?;
    let config = pages.practice.config();
    let minutes = |minutes: u32| format!("{minutes} minutes");
    Ok(view.page("Settings").show(html! {
        (summary_list(&[
            SummaryRow::text("ODS code", &config.ods),
            SummaryRow::text("Mailbox", &config.mailbox),
            SummaryRow::text("Release of Send Document that reports keep to", config.ruleset.as_str()),
            SummaryRow::text("Wait before a report is sent", minutes(config.wait_minutes)),
            SummaryRow::text(
                "An acknowledgement is overdue after",
                minutes(config.acknowledgement_overdue_minutes),
            ),
            SummaryRow::text("Malware scanner", scanner(config.scan.as_ref())),
            SummaryRow::text("Rehearsal: senders choose the answer", if config.rehearsal { "yes" } else { "no" }),
        ]))
        p { "These are set in the practice's configuration file." }
        p { "Users and their roles are on the page " a href=(view.link("/users")) { "Users" } "." }
        (retention(&config.retention, &removals))
    }))
}

fn scanner(scan: Option<&Scan>) -> String {
    match scan.map(|scan| &scan.by) {
        None => "none: attachments are not scanned".to_owned(),
        Some(ScannedBy::Clamd(ScannerAddress::Unix(path))) => {
            format!("clamd at {}", path.display())
        }
        Some(ScannedBy::Clamd(ScannerAddress::Tcp(address))) => format!("clamd at {address}"),
        Some(ScannedBy::Command(words)) => {
            format!("the program {}", words.first().map_or("", String::as_str))
        }
    }
}

/// How long things are kept, and what was removed.
fn retention(kept: &Retention, removals: &[Removal]) -> Markup {
    let table = DataTable::new(
        "What was removed",
        vec![Column::text("Day"), Column::text("Removed")],
    )
    .rows(removals.iter().map(|removal| {
        let day = removal.day.strftime("%-d %b %Y");
        vec![html! { (day) }, html! { (removal.removed) }]
    }));
    html! {
        h2.nhsuk-heading-m { "How long things are kept" }
        (summary_list(&[
            SummaryRow::text("Documents that were filed, returned or archived", kept.documents_days),
            SummaryRow::text("Messages that were refused", kept.refused_days),
            SummaryRow::text("Consultations and their reports", kept.consultations_days),
            SummaryRow::text("Acknowledgements and reports that arrived", kept.answers_days),
            SummaryRow::text("Alerts that were dealt with", kept.alerts_days),
        ]))
        p { "Open tasks are never removed, nor what an open alert is about." }
        @if removals.is_empty() { p { "Nothing has been removed yet." } }
        @else { (table.show()) }
    }
}
