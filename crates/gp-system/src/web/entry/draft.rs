//! A draft: looking at it, changing it, sending or discarding it.

use axum::extract::{Form, Path, State};
use axum::response::{Redirect, Response};
use maud::Markup;
use pages::components::Errors;
use pages::{Notice, Problem};

use super::draft_page::{self, own};
use super::fields::Fields;
use super::page::{self, Entry};
use super::{filling, saving};
use crate::web::context::{Pages, View};
use crate::{Draft, DraftId};

/// What was entered, with the report as it will be sent. Nothing is sent from looking at it.
pub(in crate::web) async fn page(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let (id, draft) = own(&view, &pages, &id).await?;
    Ok(draft_page::show(&view, &pages, id, &draft, &Errors::new()))
}

fn entry<'a>(to: &'a str, id: DraftId, draft: &'a Draft) -> Entry<'a> {
    Entry {
        to,
        base: Some(&draft.consultation),
        draft: Some(id),
        updates: draft.updates,
    }
}

/// The form of a draft.
pub(in crate::web) async fn form(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let (id, draft) = own(&view, &pages, &id).await?;
    let fields = filling::from_consultation(&draft.consultation);
    let to = format!("/drafts/{id}/edit");
    let entry = entry(&to, id, &draft);
    Ok(page::page(&view, &pages, &entry, &fields, &Errors::new()))
}

/// Changes a draft and shows it again.
pub(in crate::web) async fn save(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (id, draft) = own(&view, &pages, &id).await?;
    let to = format!("/drafts/{id}/edit");
    let entry = entry(&to, id, &draft);
    saving::save(&view, &pages, &entry, &Fields::from(fields)).await
}

/// Sends a draft: it is a consultation from then on.
pub(in crate::web) async fn send(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Redirect, Problem> {
    let id = DraftId::parse(&id).ok_or_else(Problem::not_found)?;
    let consultation = pages.by(&view).send_draft(id).await?;
    view.tell(Notice::success("The report is stored and will be sent."));
    Ok(Redirect::to(&view.link(&format!("/sent/{consultation}"))))
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
