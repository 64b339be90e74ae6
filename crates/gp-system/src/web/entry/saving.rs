//! Keeping what was entered as a draft.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use pages::Problem;
use pages::components::Errors;

use super::fields::Fields;
use super::page::{self, Entry};
use super::reading;
use crate::web::context::{Pages, View, sentence};
use crate::{Draft, PracticeError};

/// Stores what was entered as a draft and shows it, or shows the form again with what to correct.
pub(super) async fn save(
    view: &View,
    pages: &Pages,
    entry: &Entry<'_>,
    fields: &Fields,
) -> Result<Response, Problem> {
    let encounter = pages.practice.inner().new_id();
    let again = |status: StatusCode, errors: &Errors| {
        (status, page::page(view, pages, entry, fields, errors)).into_response()
    };
    let read = reading::consultation(fields, pages.practice.config(), entry.base, encounter);
    let consultation = match read {
        Ok(consultation) => consultation,
        Err(errors) => return Ok(again(StatusCode::UNPROCESSABLE_ENTITY, &errors)),
    };
    let draft = Draft {
        consultation,
        updates: entry.updates,
    };
    let error = match pages.by(view).save_draft(entry.draft, draft).await {
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
        PracticeError::Changed(_) => (StatusCode::CONFLICT, ""),
        PracticeError::Gone(_) => (StatusCode::GONE, ""),
        error => return Err(error.into()),
    };
    let mut errors = Errors::new();
    errors.add(field, sentence(&error));
    Ok(again(status, &errors))
}
