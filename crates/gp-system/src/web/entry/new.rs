//! A new consultation.

use axum::extract::{Form, State};
use axum::response::Response;
use maud::Markup;
use pages::Problem;

use super::begun::Begun;
use super::fields::Fields;
use super::{page, saving};
use crate::web::context::{Pages, View};

/// The form with what is known already, and the way to what was begun before.
pub(in crate::web) async fn form(
    view: View,
    State(pages): State<Pages>,
) -> Result<Markup, Problem> {
    let begun = Begun::new(&view, &pages).await?;
    let drafts = pages.ask(&view, |practice| practice.drafts()).await?;
    let fields = begun.fields(&pages);
    Ok(page::new(&view, &pages, &begun, &fields, &drafts))
}

/// Keeps what was entered as a draft and shows it.
pub(in crate::web) async fn save(
    view: View,
    State(pages): State<Pages>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let fields = Fields::from(fields);
    let begun = Begun::posted(&view, &pages, &fields).await?;
    saving::save(&view, &pages, begun, &fields).await
}
