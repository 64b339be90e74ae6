//! Changing a consultation that is stored already.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use maud::Markup;
use pages::Problem;
use pages::components::Errors;

use super::begun::Begun;
use super::fields::Fields;
use super::{page, saving};
use crate::ConsultationId;
use crate::web::context::{Pages, View};

/// The form of a consultation as it was entered: changed within its wait time it is sent so, later
/// as the next version.
pub(in crate::web) async fn form(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let id = ConsultationId::parse(&id).ok_or_else(Problem::not_found)?;
    let begun = Begun::update(&view, &pages, id).await?;
    let fields = begun.fields(&pages);
    Ok(page::page(&view, &pages, &begun, &fields, &Errors::new()))
}

/// Keeps what was entered as a draft and shows it.
pub(in crate::web) async fn save(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let id = ConsultationId::parse(&id).ok_or_else(Problem::not_found)?;
    let fields = Fields::from(fields);
    // Kept while it was typed, it is a draft already.
    let begun = match fields.get("draft") {
        "" => Begun::update(&view, &pages, id).await?,
        _ => Begun::posted(&view, &pages, &fields).await?,
    };
    if begun.updates != Some(id) {
        return Err(Problem::not_found());
    }
    saving::save(&view, &pages, begun, &fields).await
}
