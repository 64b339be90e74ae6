//! Entering a consultation: the form, the look at the report as it will be sent, and sending it.

pub(super) mod attachments;
pub(super) mod draft;
mod fields;
pub(super) mod new;
mod notes;
mod page;
pub(super) mod patients;
pub(super) mod update;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use pages::Problem;
use pages::components::Errors;
use send_document::Consultation;

use crate::web::{Look, Pages};
use crate::{ConsultationId, Draft, DraftId, PracticeError};
use fields::Fields;

/// Where a form leads, and what it begins from.
struct Entry<'a> {
    /// The path the form posts to.
    to: &'a str,
    /// What is not on the form is taken from here: addresses, telephone numbers, attachments.
    base: Option<&'a Consultation>,
    /// The draft it changes.
    draft: Option<DraftId>,
    /// The consultation it changes or follows.
    updates: Option<ConsultationId>,
}

/// Stores what was entered as a draft and shows it, or shows the form again with what to correct.
async fn save(
    view: &Look,
    pages: &Pages,
    entry: &Entry<'_>,
    fields: &Fields,
) -> Result<Response, Problem> {
    let encounter = pages.practice.inner().new_id();
    let read = fields.consultation(pages.practice.config(), entry.base, encounter);
    let consultation = match read {
        Ok(consultation) => consultation,
        Err(errors) => return Ok(again(view, pages, entry, fields, &errors)),
    };
    let draft = Draft {
        consultation,
        updates: entry.updates,
    };
    let saved = match try_out(view, pages, &draft).await {
        Ok(()) => pages.by(view).save_draft(entry.draft, draft).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(id) => Ok(Redirect::to(&view.link(&format!("/drafts/{id}"))).into_response()),
        Err(error @ (PracticeError::Consultation(_) | PracticeError::OwnPatient)) => {
            let mut errors = Errors::new();
            let field = match error {
                PracticeError::OwnPatient => "nhs_number",
                _ => "",
            };
            errors.add(field, sentence(&error));
            Ok(again(view, pages, entry, fields, &errors))
        }
        Err(error) => Err(error.into()),
    }
}

/// Makes the report once, so that a form is not taken whose report cannot be made.
async fn try_out(view: &Look, pages: &Pages, draft: &Draft) -> Result<(), PracticeError> {
    let (practice, draft) = (pages.by(view), draft.clone());
    pages
        .practice
        .blocking(move |_| practice.preview(&draft).map(|_| ()))
        .await
}

/// The message with a capital letter.
fn sentence(error: &PracticeError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

fn again(
    view: &Look,
    pages: &Pages,
    entry: &Entry<'_>,
    fields: &Fields,
    errors: &Errors,
) -> Response {
    let page = page::page(view, pages, entry, fields, errors);
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}
