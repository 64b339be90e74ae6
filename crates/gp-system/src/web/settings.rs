//! How the practice is set up, and who may sign in.

use axum::extract::State;
use maud::{Markup, html};
use pages::components::{Column, DataTable, SummaryRow, summary_list, time};
use pages::{PagesError, Problem};

use super::context::{Pages, View};

/// How the practice is set up and who may sign in. Both are changed by commands, not here.
pub(super) async fn page(view: View, State(pages): State<Pages>) -> Result<Markup, Problem> {
    let users = pages.users.clone();
    let users = tokio::task::spawn_blocking(move || users.list())
        .await
        .unwrap_or(Err(PagesError::Stopped))
        .map_err(|error| {
            tracing::error!(%error, "the users could not be listed");
            Problem::internal()
        })?;
    let config = pages.practice.config();
    let minutes = |minutes: u32| format!("{minutes} minutes");
    let table = DataTable::new(
        "Who may sign in",
        vec![
            Column::text("Name"),
            Column::text("Role"),
            Column::text("Added"),
            Column::text("State"),
        ],
    )
    .rows(users.into_iter().map(|user| {
        vec![
            html! { (user.name) },
            html! { (user.role) },
            time(user.added_at),
            html! { @if user.disabled { "disabled" } @else { "may sign in" } },
        ]
    }));
    Ok(view.page("Settings").show(html! {
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
        (table.show())
        p { "Users are added and changed by the command " code { "restante user" } "." }
    }))
}
