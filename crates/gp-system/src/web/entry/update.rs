//! Changing a consultation that is stored already.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use maud::Markup;
use pages::Problem;
use pages::components::Errors;
use send_document::Consultation;

use super::fields::Fields;
use super::page::{self, Entry};
use super::{filling, saving};
use crate::ConsultationId;
use crate::web::context::{Pages, View};

/// The form of a consultation as it was entered: changed within its wait time it is sent so, later
/// as the next version.
pub(in crate::web) async fn form(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let (id, before) = before(&view, &pages, &id).await?;
    let fields = filling::from_consultation(&before);
    let to = format!("/sent/{id}/edit");
    let entry = entry(&to, id, &before);
    Ok(page::page(&view, &pages, &entry, &fields, &Errors::new()))
}

/// Keeps what was entered as a draft and shows it.
pub(in crate::web) async fn save(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (id, before) = before(&view, &pages, &id).await?;
    let to = format!("/sent/{id}/edit");
    let entry = entry(&to, id, &before);
    saving::save(&view, &pages, &entry, &Fields::from(fields)).await
}

fn entry<'a>(to: &'a str, id: ConsultationId, before: &'a Consultation) -> Entry<'a> {
    Entry {
        to,
        base: Some(before),
        draft: None,
        updates: Some(id),
    }
}

async fn before(
    view: &View,
    pages: &Pages,
    id: &str,
) -> Result<(ConsultationId, Consultation), Problem> {
    let id = ConsultationId::parse(id).ok_or_else(Problem::not_found)?;
    let content = pages
        .ask(view, move |practice| practice.content(id))
        .await?;
    Ok((id, content.ok_or_else(Problem::not_found)?))
}
