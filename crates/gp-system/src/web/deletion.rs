use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{self, Part, link};
use super::{PageError, Pages};
use crate::{ConsultationId, Deletion, DeletionWarning, PracticeError};

/// The form's only field: which question the person answered.
#[derive(Deserialize)]
pub(super) struct Answer {
    /// Set when the warning of a report that has left was on the page.
    warned: Option<String>,
}

/// Asks before deleting, with the warning of GPCM-SD-135 when a report has left.
pub(super) async fn question(
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Markup, PageError> {
    let id = ConsultationId::parse(&id).ok_or(PageError::NotFound)?;
    let (known, warning) = pages
        .ask(move |practice| Ok((practice.consultation(id)?, practice.deletion_warning(id)?)))
        .await?;
    known.ok_or(PageError::NotFound)?;
    Ok(page(&pages, id, warning.as_ref()))
}

/// Deletes, or asks again when a report has left since the question was shown.
pub(super) async fn delete(
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Form(answer): Form<Answer>,
) -> Result<Response, PageError> {
    let id = ConsultationId::parse(&id).ok_or(PageError::NotFound)?;
    match pages.practice.delete(id, answer.warned.is_some()).await {
        Ok(Deletion::Warned(warning)) => {
            let page = page(&pages, id, Some(&warning));
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Ok(Deletion::Deleted | Deletion::Withdrawn) => {
            Ok(Redirect::to(&link(&pages, &format!("/sent/{id}"))).into_response())
        }
        Err(PracticeError::Consultation(_)) => Err(PageError::NotFound),
        Err(error) => Err(error.into()),
    }
}

fn page(pages: &Pages, id: ConsultationId, warning: Option<&DeletionWarning>) -> Markup {
    let body = html! {
        @match warning {
            Some(warning) => (warned(warning)),
            None => p { "No report of this consultation has left. It will not be sent." },
        }
        form method="post" action=(link(pages, &format!("/sent/{id}/delete"))) {
            @if warning.is_some() { input type="hidden" name="warned" value="yes"; }
            button type="submit" { "Delete the consultation" }
        }
        p { a href=(link(pages, &format!("/sent/{id}"))) { "Keep it" } }
    };
    frame::page(pages, Part::Sent, "Delete a consultation", body)
}

fn warned(warning: &DeletionWarning) -> Markup {
    let date = warning.consultation_date.strftime("%-d %b %Y, %H:%M");
    html! {
        div.alert role="alert" {
            strong { "A report of this consultation has left this practice" }
            div { "Deleting it here takes nothing back. Tell the practice below by another route." }
        }
        dl {
            dt { "Patient" } dd { (warning.patient) }
            dt { "NHS number" } dd { (warning.nhs_number) }
            dt { "Consultation" } dd { (date) }
            dt { "Registered practice" } dd { (warning.registered_practice) }
        }
    }
}
