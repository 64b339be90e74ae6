//! Keeping what was entered as a draft.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use pages::Problem;
use pages::components::Errors;

use super::begun::Begun;
use super::fields::Fields;
use super::{page, reading};
use crate::web::context::{Pages, View, sentence};
use crate::{Draft, PracticeError};

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
        Ok(id) => {
            let to = view.link(&format!("/drafts/{id}"));
            return Ok(Redirect::to(&to).into_response());
        }
        Err(error) => error,
    };
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
