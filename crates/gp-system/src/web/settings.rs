//! How the practice is set up.

use axum::extract::State;
use maud::{Markup, html};
use pages::components::{SummaryRow, summary_list};

use super::context::{Pages, View};

/// How the practice is set up: changed in its configuration file, not here.
pub(super) async fn page(view: View, State(pages): State<Pages>) -> Markup {
    let config = pages.practice.config();
    let minutes = |minutes: u32| format!("{minutes} minutes");
    view.page("Settings").show(html! {
        (summary_list(&[
            SummaryRow::text("ODS code", &config.ods),
            SummaryRow::text("Mailbox", &config.mailbox),
            SummaryRow::text("Rules reports are built by", config.ruleset.as_str()),
            SummaryRow::text("Wait before a report is sent", minutes(config.wait_minutes)),
            SummaryRow::text(
                "An acknowledgement is overdue after",
                minutes(config.acknowledgement_overdue_minutes),
            ),
            SummaryRow::text("Rehearsal partner", if config.rehearsal { "yes" } else { "no" }),
        ]))
        p { "These are set in the practice's configuration file." }
        p { "Who may sign in is on the page " a href=(view.link("/users")) { "Users" } "." }
    })
}
