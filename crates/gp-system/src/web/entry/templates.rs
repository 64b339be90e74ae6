//! A template of the practice's own put into the form.

use axum::extract::{Form, State};
use maud::Markup;
use pages::Problem;
use pages::components::Errors;

use super::begun::Begun;
use super::fields::Fields;
use super::{notes, page};
use crate::web::context::{Pages, View};

/// The form as it was posted, with the template's notes in it.
pub(in crate::web) async fn apply(
    view: View,
    State(pages): State<Pages>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Markup, Problem> {
    let mut fields = Fields::from(fields);
    let begun = Begun::posted(&view, &pages, &fields).await?.unsaved();
    let mut errors = Errors::new();
    let position = fields.get("template").parse::<usize>().ok();
    let template = position.and_then(|position| pages.practice.config().templates.get(position));
    match template {
        Some(template) => notes::apply(&mut fields, template),
        None => errors.add("template", "Choose a template"),
    }
    Ok(page::page(&view, &pages, &begun, &fields, &errors))
}
