//! A new consultation.

use axum::extract::{Form, State};
use axum::response::Response;
use maud::Markup;
use pages::Problem;
use pages::components::Errors;

use super::fields::Fields;
use super::page::{self, Entry};
use super::{filling, saving};
use crate::web::context::{Pages, View};

const NEW: Entry<'static> = Entry {
    to: "/new",
    base: None,
    draft: None,
    updates: None,
};

/// The empty form.
pub(in crate::web) async fn form(view: View, State(pages): State<Pages>) -> Markup {
    let fields = filling::from_practice(pages.practice.config());
    show(&view, &pages, &fields)
}

/// The form with something in it.
pub(super) fn show(view: &View, pages: &Pages, fields: &Fields) -> Markup {
    page::page(view, pages, &NEW, fields, &Errors::new())
}

/// Keeps what was entered as a draft and shows it.
pub(in crate::web) async fn save(
    view: View,
    State(pages): State<Pages>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    saving::save(&view, &pages, &NEW, &Fields::from(fields)).await
}
