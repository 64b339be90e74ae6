//! The question before a letter is filed whose patient is not as the practice's own list has them.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use pages::Problem;
use pages::components::{
    Column, DataTable, Errors, checkbox, foreign_text, warning_button, warning_callout,
};
use pages::work::{State, note};

use super::banner::{differs, sentence};
use crate::web::context::{Pages, View};
use crate::{PatientMatch, TaskId};

/// What the field `patient` says when somebody compared the two.
pub(in crate::web) const YES: &str = "yes";

/// Asks once more, with both sides. `file` is posted to, `back` leads to the letter.
pub(in crate::web) async fn page(
    view: &View,
    pages: &Pages,
    id: TaskId,
    (file, back): (&str, &str),
) -> Result<Response, Problem> {
    let task = pages.ask(view, move |practice| practice.task(id)).await?;
    let task = task.ok_or_else(Problem::not_found)?;
    let compared = pages.practice.patient_match(&task);
    let page = view
        .page("Is this the same patient?")
        .caption(format!("Task {}: not filed yet", task.number))
        .breadcrumb("Inbox", "/inbox")
        .breadcrumb("Letter", back);
    let shown = page.show(html! {
        p { "The letter names " strong { (foreign_text(&task.patient)) } "." }
        (warning_callout("Compare before you file", html! { p { (reason(&compared)) } }))
        @if !compared.differences().is_empty() { (sides(&compared)) }
        (view.form(file, html! {
            input type="hidden" name="patient" value=(YES);
            (warning_button("It is the same patient: file the letter"))
        }))
        p { a href=(view.link(back)) { "Do not file: back to the letter" } }
    });
    Ok((StatusCode::CONFLICT, shown).into_response())
}

/// What is wrong, and what to look at.
fn reason(compared: &PatientMatch) -> String {
    match compared {
        PatientMatch::Listed { .. } => format!(
            "{}. Look at the letter and at your record of this patient, or ask the sender, before you say \
             that it is the same person.",
            sentence(&compared.words())
        ),
        PatientMatch::NotListed => {
            "Your list of patients has nobody with this NHS number now. Find the patient in your record by name, \
             birth date and number first."
                .to_owned()
        }
        PatientMatch::NoList => {
            "This practice has no list of patients to compare with, so nobody compared the letter with your \
             record. Do it by name, birth date and NHS number."
                .to_owned()
        }
        PatientMatch::NotKept => {
            "An older release took this letter and kept no birth date with it, so that it cannot be compared \
             with your list. Read the birth date in the document and compare it with your record."
                .to_owned()
        }
    }
}

fn sides(compared: &PatientMatch) -> Markup {
    let rows = compared.differences().iter().map(|difference| {
        vec![
            html! { (difference.fact) },
            match difference.letter.trim() {
                "" => html! { "not stated" },
                letter => foreign_text(letter),
            },
            foreign_text(&difference.list),
        ]
    });
    let columns = vec![
        Column::text("What differs"),
        Column::text("This letter"),
        Column::text("Your list"),
    ];
    DataTable::new("What differs", columns)
        .hide_caption()
        .rows(rows)
        .show()
}

/// The question on a page that has the patient's banner, where the answer is part of its form. Nothing where the
/// patient matches.
pub(in crate::web) fn question(compared: &PatientMatch, errors: &Errors) -> Markup {
    if compared.is_full() {
        return html! {};
    }
    let differences = compared.differences().iter().filter(|it| !it.is_explained);
    html! {
        div.ask-patient {
            (note(State::Warning, html! {
                p { (reason(compared)) }
                ul { @for difference in differences { li { (differs(difference)) } } }
                @if let Some(words) = errors.of("patient") {
                    span.nhsuk-error-message { (words) }
                }
                (checkbox("patient", "I compared them: it is the same patient", "", false))
            }))
        }
    }
}
