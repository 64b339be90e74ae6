//! Finding the patient in the practice's own list. By posted forms, so that no name or number
//! stands in an address.

use axum::extract::{Form, State};
use maud::{Markup, html};
use nhs::NhsNumber;
use pages::Problem;
use pages::components::{Column, DataTable, Field, secondary_button};
use serde::Deserialize;

use super::{filling, new};
use crate::ListedPatient;
use crate::web::context::{Pages, View};

#[derive(Deserialize)]
pub(in crate::web) struct Search {
    patient: String,
}

/// The patients found, each to be taken into the form.
pub(in crate::web) async fn search(
    view: View,
    State(pages): State<Pages>,
    Form(search): Form<Search>,
) -> Markup {
    let found = pages.practice.search_patients(&search.patient);
    view.page("Find a patient")
        .breadcrumb("New consultation", "/new")
        .show(html! {
            (view.form("/new/patients", html! {
                (Field::new("patient", "Names, or the first digits of the NHS number")
                    .value(&search.patient)
                    .input("search"))
                (secondary_button("Find"))
            }))
            @if found.is_empty() {
                p { "This practice's list has nobody of that name or number." }
            } @else {
                (table(&view, &found))
            }
            p { a href=(view.link("/new")) { "Fill in the form without the list" } }
        })
}

fn table(view: &View, found: &[ListedPatient]) -> Markup {
    let row = |patient: &ListedPatient| {
        let name = patient.listed_name();
        vec![
            html! { (name) },
            html! { (patient.nhs_number.spaced()) },
            html! { (patient.birth_date.iso()) },
            html! {
                @if patient.is_registered_here {
                    "registered here: no report is sent"
                } @else {
                    (view.form("/new/patient", html! {
                        input type="hidden" name="nhs_number" value=(patient.nhs_number.digits());
                        button.nhsuk-button.nhsuk-button--secondary type="submit" {
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
            Column::text("Report"),
        ],
    )
    .rows(found.iter().map(row))
    .show()
}

#[derive(Deserialize)]
pub(in crate::web) struct Chosen {
    nhs_number: String,
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
    let fields = filling::from_patient(pages.practice.config(), &patient);
    Ok(new::show(&view, &pages, &fields))
}
