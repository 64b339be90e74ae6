use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};

use super::consultation_form::ConsultationForm;
use super::frame::{self, Part, link};
use super::{PageError, Pages};
use crate::PracticeError;

/// The empty form.
pub(super) async fn form(State(pages): State<Pages>) -> Markup {
    let form = ConsultationForm::of(pages.practice.config());
    page(&pages, &form, &[])
}

/// Stores the consultation and shows it, or shows the form again with what to correct.
pub(super) async fn submit(
    State(pages): State<Pages>,
    Form(form): Form<ConsultationForm>,
) -> Result<Response, PageError> {
    let encounter = pages.practice.inner().new_id();
    let consultation = match form.consultation(pages.practice.config(), encounter) {
        Ok(consultation) => consultation,
        Err(wrong) => {
            let wrong: Vec<String> = wrong.into_iter().map(str::to_owned).collect();
            return Ok(again(&pages, &form, &wrong));
        }
    };
    match pages.practice.submit(consultation).await {
        Ok(id) => Ok(Redirect::to(&link(&pages, &format!("/sent/{id}"))).into_response()),
        Err(error @ (PracticeError::Consultation(_) | PracticeError::OwnPatient)) => {
            Ok(again(&pages, &form, &[error.to_string()]))
        }
        Err(error) => Err(error.into()),
    }
}

fn again(pages: &Pages, form: &ConsultationForm, wrong: &[String]) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, page(pages, form, wrong)).into_response()
}

fn page(pages: &Pages, form: &ConsultationForm, wrong: &[String]) -> Markup {
    let wait = pages.practice.config().wait_minutes;
    let body = html! {
        @if !wrong.is_empty() {
            div.errors role="alert" {
                strong { "The consultation was not stored" }
                ul { @for what in wrong { li { (what) } } }
            }
        }
        p {
            "The report goes to the practice where the patient is registered, "
            @if wait == 0 { "at once." } @else { (wait) " minutes after the last change." }
        }
        form method="post" action=(link(pages, "/new")) autocomplete="off" {
            (patient(form))
            (encounter(form))
            (notes(form))
            button type="submit" { "Store and send" }
        }
    };
    frame::page(pages, Part::New, "New consultation", body)
}

fn patient(form: &ConsultationForm) -> Markup {
    html! {
        fieldset {
            legend { "Patient" }
            (line("nhs_number", "NHS number", "text", &form.nhs_number, true))
            (line("family_name", "Family name", "text", &form.family_name, true))
            (line("given_names", "Given names", "text", &form.given_names, false))
            (line("title", "Title", "text", &form.title, false))
            (line("birth_date", "Date of birth", "date", &form.birth_date, true))
            (line(
                "receiving_practice",
                "Practice where the patient is registered",
                "text",
                &form.receiving_practice,
                true,
            ))
        }
    }
}

fn encounter(form: &ConsultationForm) -> Markup {
    html! {
        fieldset {
            legend { "Consultation" }
            (line("date", "When the patient was seen", "datetime-local", &form.date, true))
            (line("clinician_id", "Clinician's SDS user id", "text", &form.clinician_id, true))
            (line(
                "clinician_family_name",
                "Clinician's family name",
                "text",
                &form.clinician_family_name,
                true,
            ))
            (line(
                "clinician_given_names",
                "Clinician's given names",
                "text",
                &form.clinician_given_names,
                false,
            ))
            (line("clinician_role", "Clinician's role", "text", &form.clinician_role, true))
            (line(
                "practice_phone",
                "Telephone number of this practice",
                "tel",
                &form.practice_phone,
                true,
            ))
            (lines("practice_address", "Address of this practice", &form.practice_address))
        }
    }
}

fn notes(form: &ConsultationForm) -> Markup {
    html! {
        fieldset {
            legend { "Clinical notes" }
            (lines("history", "History", &form.history))
            (lines("examination", "Examination", &form.examination))
            (lines("plan", "Plan", &form.plan))
            (lines("follow_up", "Follow-up actions", &form.follow_up))
            label {
                input type="checkbox" name="confidential" value="yes"
                    checked[form.confidential.is_some()];
                "Confidential"
                span.hint { "The report then tells only who was seen and when." }
            }
        }
    }
}

fn line(name: &str, words: &str, kind: &str, value: &str, needed: bool) -> Markup {
    html! {
        label for=(name) { (words) @if !needed { span.hint { "Optional" } } }
        input id=(name) name=(name) type=(kind) value=(value) required[needed];
    }
}

fn lines(name: &str, words: &str, value: &str) -> Markup {
    html! {
        label for=(name) { (words) }
        textarea id=(name) name=(name) { (value) }
    }
}
