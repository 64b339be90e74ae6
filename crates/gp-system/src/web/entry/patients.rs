//! Finding the patient in the practice's own list. By posted forms, so that no name or number
//! stands in an address.

use axum::extract::{Form, State};
use maud::{Markup, html};
use nhs::NhsNumber;
use pages::Problem;
use pages::components::{Column, DataTable, Errors, Field, secondary_button};
use serde::Deserialize;

use super::begun::Begun;
use super::{filling, moment, page};
use crate::web::context::{Pages, View};
use crate::{DraftId, ListedPatient};

#[derive(Deserialize)]
pub(in crate::web) struct Search {
    patient: String,
    /// The draft that the patient is looked for; may be empty.
    #[serde(default)]
    draft: String,
}

/// The patients found, each to be taken into the form.
pub(in crate::web) async fn search(
    view: View,
    State(pages): State<Pages>,
    Form(search): Form<Search>,
) -> Markup {
    let found = pages.practice.search_patients(&search.patient);
    let draft = DraftId::parse(&search.draft);
    let back = draft.map_or("/new".to_owned(), |draft| format!("/drafts/{draft}/edit"));
    view.page("Find a patient")
        .breadcrumb("New consultation", "/new")
        .show(html! {
            (view.form("/new/patients", html! {
                (draft_field(draft))
                (Field::new("patient", "Names, or the first digits of the NHS number")
                    .value(&search.patient)
                    .input("search"))
                (secondary_button("Find"))
            }))
            @if found.is_empty() {
                p { "This practice's list has nobody of that name or number." }
            } @else {
                (table(&view, &found, draft))
            }
            p { a href=(view.link(&back)) { "Fill in the form without the list" } }
        })
}

fn draft_field(draft: Option<DraftId>) -> Markup {
    html! {
        @if let Some(draft) = draft { input type="hidden" name="draft" value=(draft); }
    }
}

fn table(view: &View, found: &[ListedPatient], draft: Option<DraftId>) -> Markup {
    let row = |patient: &ListedPatient| {
        let name = patient.listed_name();
        vec![
            html! { (name) },
            html! { (patient.nhs_number.spaced()) },
            html! { (moment::day(patient.birth_date.date())) },
            html! { (patient.listed_practice().unwrap_or_else(|| "not in the list".to_owned())) },
            html! {
                @if patient.is_registered_here {
                    "registered here: no report is sent"
                } @else {
                    (view.form("/new/patient", html! {
                        (draft_field(draft))
                        input type="hidden" name="nhs_number" value=(patient.nhs_number.digits());
                        button.nhsuk-button.nhsuk-button--secondary.pages-in-table type="submit" {
                            "Choose" span.nhsuk-u-visually-hidden { " " (name) }
                        }
                    }))
                }
            },
        ]
    };
    DataTable::new(
        "Patients found, twenty at most",
        vec![
            Column::text("Name"),
            Column::text("NHS number"),
            Column::text("Date of birth"),
            Column::text("Registered with"),
            Column::text("Report"),
        ],
    )
    .rows(found.iter().map(row))
    .show()
}

#[derive(Deserialize)]
pub(in crate::web) struct Chosen {
    nhs_number: String,
    #[serde(default)]
    draft: String,
}

/// The form with the patient in it.
pub(in crate::web) async fn take(
    view: View,
    State(pages): State<Pages>,
    Form(chosen): Form<Chosen>,
) -> Result<Markup, Problem> {
    let number = NhsNumber::parse(&chosen.nhs_number).map_err(|_| Problem::not_found())?;
    let patient = pages
        .practice
        .listed_patient(number)
        .ok_or_else(Problem::not_found)?;
    let begun = match DraftId::parse(&chosen.draft) {
        Some(id) => Begun::draft(&view, &pages, id).await?.unsaved(),
        None => Begun::new(&view, &pages).await?,
    };
    let mut fields = begun.fields(&pages);
    filling::set_patient(&mut fields, &patient);
    Ok(page::page(&view, &pages, &begun, &fields, &Errors::new()))
}
