//! The clinicians remembered for a user, and forgetting one.

use axum::extract::{Form, State};
use axum::response::Redirect;
use maud::{Markup, html};
use pages::components::{Column, DataTable, foreign_text};
use pages::{Notice, Problem};
use send_document::Practitioner;
use serde::Deserialize;

use super::clinician;
use crate::web::context::{Pages, View};

/// Who is offered to this user as who saw a patient.
pub(in crate::web) async fn page(
    view: View,
    State(pages): State<Pages>,
) -> Result<Markup, Problem> {
    let known = pages.ask(&view, |practice| practice.clinicians()).await?;
    let page = view
        .page("Clinicians remembered for you")
        .breadcrumb("New consultation", "/new");
    Ok(page.show(html! {
        p {
            "The clinicians of the consultations that you sent, the latest first, twenty at most. They are offered to \
             you alone."
        }
        @if known.is_empty() {
            p { "Nobody is remembered." }
        } @else {
            (table(&view, &known))
        }
    }))
}

fn table(view: &View, known: &[Practitioner]) -> Markup {
    let row = |clinician: &Practitioner| {
        let forget = view.form(
            "/new/clinicians/forget",
            html! {
                input type="hidden" name="sds_user_id" value=(clinician.sds_user_id);
                button.nhsuk-button.nhsuk-button--secondary.pages-in-table type="submit" {
                    "Forget" span.nhsuk-u-visually-hidden { " " (clinician.family_name) }
                }
            },
        );
        vec![
            foreign_text(clinician::short(clinician)),
            html! { (clinician.sds_user_id) },
            html! { (clinician.phone.as_deref().unwrap_or("not entered")) },
            forget,
        ]
    };
    DataTable::new(
        "Clinicians",
        vec![
            Column::text("Clinician"),
            Column::text("SDS user id"),
            Column::text("Telephone"),
            Column::text("Action"),
        ],
    )
    .rows(known.iter().map(row))
    .show()
}

#[derive(Deserialize)]
pub(in crate::web) struct Forgotten {
    sds_user_id: String,
}

/// Forgets one of them.
pub(in crate::web) async fn forget(
    view: View,
    State(pages): State<Pages>,
    Form(forgotten): Form<Forgotten>,
) -> Result<Redirect, Problem> {
    let practice = pages.by(&view);
    if !practice.forget_clinician(forgotten.sds_user_id).await? {
        return Err(Problem::not_found());
    }
    view.tell(Notice::success("The clinician is forgotten."));
    Ok(Redirect::to(&view.link("/new/clinicians")))
}
