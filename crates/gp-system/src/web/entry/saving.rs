//! Keeping what was entered as a draft.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use pages::Problem;
use pages::components::Errors;

use super::begun::Begun;
use super::draft_page::{self, own};
use super::fields::Fields;
use super::{page, reading};
use crate::web::context::{Pages, View, sentence};
use crate::{Draft, DraftId, PracticeError};

/// Stores what was entered as a draft and shows it, or shows the form again with what to correct.
pub(super) async fn save(
    view: &View,
    pages: &Pages,
    begun: Begun,
    fields: &Fields,
) -> Result<Response, Problem> {
    let read = reading::consultation(fields, &begun.around(pages), begun.base.as_ref());
    let consultation = match read {
        Ok(consultation) => consultation,
        Err(errors) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(again(view, pages, begun, fields, status, &errors));
        }
    };
    let draft = Draft {
        consultation,
        updates: begun.updates,
        revision: begun.revision,
    };
    let error = match pages.by(view).save_draft(begun.draft, draft).await {
        Ok(kept) => {
            let to = view.link(&format!("/drafts/{}", kept.id));
            return Ok(Redirect::to(&to).into_response());
        }
        Err(error) => error,
    };
    refused(view, pages, begun, fields, error)
}

/// The form again as it was posted, with why it was not kept.
pub(super) fn refused(
    view: &View,
    pages: &Pages,
    begun: Begun,
    fields: &Fields,
    error: PracticeError,
) -> Result<Response, Problem> {
    let (status, field) = match error {
        PracticeError::OwnPatient | PracticeError::OtherPatient => {
            (StatusCode::UNPROCESSABLE_ENTITY, "nhs_number")
        }
        PracticeError::Consultation(_) => (StatusCode::UNPROCESSABLE_ENTITY, ""),
        PracticeError::Changed(_) | PracticeError::TooManyDrafts(_) => (StatusCode::CONFLICT, ""),
        PracticeError::Gone(_) => (StatusCode::GONE, ""),
        error => return Err(error.into()),
    };
    let mut errors = Errors::new();
    errors.add(field, sentence(&error));
    Ok(again(view, pages, begun, fields, status, &errors))
}

/// The draft as it is now, with why nothing was done with it as an older page showed it.
pub(super) async fn as_it_is(
    view: &View,
    pages: &Pages,
    id: DraftId,
    error: PracticeError,
) -> Result<Response, Problem> {
    if !matches!(error, PracticeError::Changed(_)) {
        return Err(error.into());
    }
    let mut errors = Errors::new();
    let why = sentence(&error);
    errors.add("", format!("{why} Below is the draft as it is now."));
    let shown = match own(view, pages, &id.to_string()).await {
        Ok((id, draft)) => draft_page::show(view, pages, id, &draft, &errors),
        // Typed on, it has no report to look at.
        Err(_) => {
            let begun = Begun::draft(view, pages, id).await?;
            page::page(view, pages, &begun, &begun.fields(pages), &errors)
        }
    };
    Ok((StatusCode::CONFLICT, shown).into_response())
}

fn again(
    view: &View,
    pages: &Pages,
    begun: Begun,
    fields: &Fields,
    status: StatusCode,
    errors: &Errors,
) -> Response {
    let begun = begun.unsaved();
    (status, page::page(view, pages, &begun, fields, errors)).into_response()
}
