//! A form that is kept while it is typed: by our own script, or by its button.

use axum::extract::{Form, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Redirect, Response};
use itk3::listed_name;
use jiff::Timestamp;
use pages::{Notice, Problem};
use serde::Serialize;

use super::begun::Begun;
use super::fields::Fields;
use super::saving;
use crate::web::context::{Pages, View};
use crate::{ConsultationId, DraftId, PracticeError, Typed};

/// What our script is told.
#[derive(Serialize)]
struct Kept {
    draft: String,
    revision: u32,
    at: String,
    address: String,
}

/// What our script is told where nothing is kept any more: the error's code, and where the draft is.
#[derive(Serialize)]
struct Refused {
    problem: &'static str,
    address: Option<String>,
}

/// Keeps the form as it stands. Nothing in it is checked.
pub(in crate::web) async fn keep(
    view: View,
    State(pages): State<Pages>,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let fields = Fields::from(fields);
    let by_itself = is_script(&headers);
    let draft = DraftId::parse(fields.get("draft"));
    let typed = typed(&fields, by_itself);
    let address = |id| view.link(&format!("/drafts/{id}/edit"));
    let kept = match pages.by(&view).keep_typed(draft, typed).await {
        Ok(kept) => kept,
        Err(error @ (PracticeError::Changed(_) | PracticeError::TooManyDrafts(_))) => {
            if by_itself {
                let problem = error.code();
                let address = draft.map(address);
                let told = Json(Refused { problem, address });
                return Ok((StatusCode::CONFLICT, told).into_response());
            }
            // Nothing else holds what was typed.
            let begun = Begun::posted(&view, &pages, &fields).await?;
            return saving::refused(&view, &pages, begun, &fields, error);
        }
        Err(error) => return Err(error.into()),
    };
    let (at, address) = (clock(kept.at), address(kept.id));
    if by_itself {
        let told = Kept {
            draft: kept.id.to_string(),
            revision: kept.revision,
            at,
            address,
        };
        return Ok(Json(told).into_response());
    }
    view.tell(Notice::success(format!(
        "Kept as a draft at {at}. Nothing was sent. Drafts are kept for seven days."
    )));
    Ok(Redirect::to(&address).into_response())
}

fn typed(fields: &Fields, by_itself: bool) -> Typed {
    let (family, given) = (fields.get("family_name"), fields.get("given_names"));
    let patient = match (family, given) {
        ("", "") => String::new(),
        (family, given) => listed_name(family, given),
    };
    Typed {
        form: fields.typed(),
        patient,
        updates: ConsultationId::parse(fields.get("updates")),
        revision: fields.seen(),
        by_itself,
    }
}

/// Whether our own script asks, which takes no page for an answer.
pub(super) fn is_script(headers: &HeaderMap) -> bool {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepts == Some("application/json")
}

/// `14:02`, as clocks in England show it.
fn clock(at: Timestamp) -> String {
    at.to_zoned(nhs::uk_time_zone())
        .strftime("%H:%M")
        .to_string()
}
