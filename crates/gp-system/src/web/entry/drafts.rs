//! A user's drafts.

use axum::extract::State;
use maud::{Markup, html};
use pages::Problem;
use pages::components::{Column, DataTable, foreign_text, time};

use crate::DraftLine;
use crate::web::context::{Pages, View};

/// The drafts of whoever looks, the one kept last first.
pub(in crate::web) async fn page(
    view: View,
    State(pages): State<Pages>,
) -> Result<Markup, Problem> {
    let drafts = pages.ask(&view, |practice| practice.drafts()).await?;
    let page = view
        .page("Your drafts")
        .breadcrumb("New consultation", "/new");
    Ok(page.show(html! {
        p {
            "Consultations that you entered and did not send. Nobody else sees them. They are kept for seven days after \
             you last changed them."
        }
        @if drafts.is_empty() { p { "You have no drafts." } }
        @else { (table(&view, &drafts)) }
    }))
}

fn table(view: &View, drafts: &[DraftLine]) -> Markup {
    let row = |draft: &DraftLine| {
        let patient = match draft.patient.as_str() {
            "" => html! { "No patient yet" },
            patient => foreign_text(patient),
        };
        let at = |what: &str| format!("/drafts/{}{what}", draft.id);
        let hidden = html! { span.nhsuk-u-visually-hidden { " " (patient) } };
        let discard = view.form(
            &at("/discard"),
            html! {
                button.nhsuk-button.nhsuk-button--secondary.pages-in-table type="submit" {
                    "Discard" (hidden)
                }
            },
        );
        vec![
            html! { a href=(view.link(&at(""))) { (patient) } },
            time(draft.kept_at),
            html! { @if draft.is_checked { "Checked, not sent" } @else { "Being written" } },
            discard,
        ]
    };
    DataTable::new(
        "Drafts, fifty at most",
        vec![
            Column::text("Patient"),
            Column::text("Kept"),
            Column::text("State"),
            Column::text("Action"),
        ],
    )
    .rows(drafts.iter().map(row))
    .show()
}
