//! A draft: looking at it, changing it, sending or discarding it.

use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use maud::Markup;
use pages::components::Errors;
use pages::{Notice, Problem};

use super::begun::Begun;
use super::draft_page::{self, own};
use super::fields::Fields;
use super::{page, saving};
use crate::DraftId;
use crate::web::context::{Pages, View};

/// What was entered, with the report as it will be sent. Nothing is sent from looking at it. What was typed on
/// since leads to its form.
pub(in crate::web) async fn page(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    match own(&view, &pages, &id).await {
        Ok((id, draft)) => {
            Ok(draft_page::show(&view, &pages, id, &draft, &Errors::new()).into_response())
        }
        Err(problem) => {
            let id = DraftId::parse(&id).ok_or(problem)?;
            let begun = Begun::draft(&view, &pages, id).await?;
            Ok(Redirect::to(&view.link(&begun.to())).into_response())
        }
    }
}

/// The form of a draft.
pub(in crate::web) async fn form(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let id = DraftId::parse(&id).ok_or_else(Problem::not_found)?;
    let begun = Begun::draft(&view, &pages, id).await?;
    let fields = begun.fields(&pages);
    Ok(page::page(&view, &pages, &begun, &fields, &Errors::new()))
}

/// Changes a draft and shows it again.
pub(in crate::web) async fn save(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let id = DraftId::parse(&id).ok_or_else(Problem::not_found)?;
    let fields = Fields::from(fields);
    let begun = Begun::draft(&view, &pages, id).await?.seen(&fields);
    saving::save(&view, &pages, begun, &fields).await
}

/// Sends a draft as its page showed it: it is a consultation from then on.
pub(in crate::web) async fn send(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let id = DraftId::parse(&id).ok_or_else(Problem::not_found)?;
    let seen = Fields::from(fields).seen();
    match pages.by(&view).send_draft(id, seen).await {
        Ok(sent) => Ok(Redirect::to(&view.link(&format!("/sent/{sent}"))).into_response()),
        Err(error) => saving::as_it_is(&view, &pages, id, error).await,
    }
}

/// Forgets a draft.
pub(in crate::web) async fn discard(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = DraftId::parse(&id).ok_or_else(Problem::not_found)?;
    if !pages.by(&view).discard_draft(id).await? {
        return Err(Problem::not_found());
    }
    view.tell(Notice::success(
        "The draft was discarded. Nothing was sent.",
    ));
    Ok(Redirect::to(&view.link("/sent")))
}
