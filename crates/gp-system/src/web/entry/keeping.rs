//! A form that is kept while it is typed: by our own script, or by its button.

use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::{IntoResponse, Json, Redirect, Response};
use itk3::listed_name;
use jiff::Timestamp;
use pages::{Notice, Problem};
use serde::Serialize;

use super::fields::Fields;
use crate::web::context::{Pages, View};
use crate::{ConsultationId, DraftId, Typed};

/// What our script is told.
#[derive(Serialize)]
struct Kept {
    draft: String,
    at: String,
    address: String,
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
    let (id, at) = store(&view, &pages, &fields, by_itself).await?;
    let address = view.link(&format!("/drafts/{id}/edit"));
    let at = clock(at);
    if by_itself {
        let draft = id.to_string();
        return Ok(Json(Kept { draft, at, address }).into_response());
    }
    view.tell(Notice::success(format!(
        "Kept as a draft at {at}. Nothing was sent. Drafts are kept for seven days."
    )));
    Ok(Redirect::to(&address).into_response())
}

/// Keeps what was typed, in the draft that the form names or a new one.
async fn store(
    view: &View,
    pages: &Pages,
    fields: &Fields,
    by_itself: bool,
) -> Result<(DraftId, Timestamp), Problem> {
    let draft = DraftId::parse(fields.get("draft"));
    let (family, given) = (fields.get("family_name"), fields.get("given_names"));
    let patient = match (family, given) {
        ("", "") => String::new(),
        (family, given) => listed_name(family, given),
    };
    let typed = Typed {
        form: fields.typed(),
        patient,
        updates: ConsultationId::parse(fields.get("updates")),
        by_itself,
    };
    Ok(pages.by(view).keep_typed(draft, typed).await?)
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
