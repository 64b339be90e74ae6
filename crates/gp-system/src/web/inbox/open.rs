//! The inbox with one letter opened.

use axum::extract::{Path, Query, State};
use maud::{Markup, html};
use pages::components::Errors;
use pages::{PagesError, Problem};

use super::filter::Filter;
use super::frame::Inbox;
use super::{acts, task};
use crate::TaskId;
use crate::web::context::{Pages, View};
use crate::web::role::PracticePermission::Act;

/// One letter beside the list it was opened from (GPCM-SD-093).
pub(in crate::web) async fn page(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
) -> Result<Markup, Problem> {
    let id = TaskId::parse(&id).ok_or_else(Problem::not_found)?;
    // It is read by whoever works on letters: not by a script that renews a page, nor by a reader.
    if !view.is_renewal() && view.session().may(Act) {
        pages.by(&view).open_task(id).await?;
    }
    show(&view, &pages, id, filter, &Errors::new()).await
}

/// The page of a letter, with what is wrong in one of its forms.
pub(super) async fn show(
    view: &View,
    pages: &Pages,
    id: TaskId,
    filter: Filter,
    errors: &Errors,
) -> Result<Markup, Problem> {
    let letter = task::content(view, pages, id).await?;
    let colleagues = if view.session().may(Act) {
        colleagues(pages).await?
    } else {
        Vec::new()
    };
    let inbox = Inbox::of(view, pages, filter, Some(id)).await?;
    let title = format!("Task {}", letter.task.number);
    let pane = html! {
        a.back-list.small href=(view.link(&inbox.filter.address())) {
            "‹ " (super::rows::counted(inbox.found.total))
        }
        (letter.shown)
        (acts::bar(view, &inbox.filter, &letter.task, &colleagues, errors))
    };
    Ok(inbox.beside(&title, errors, pane))
}

/// The names letters are given to.
pub(super) async fn colleagues(pages: &Pages) -> Result<Vec<String>, Problem> {
    let users = pages.users.clone();
    let listed = tokio::task::spawn_blocking(move || users.list()).await;
    match listed.unwrap_or(Err(PagesError::Stopped)) {
        Ok(users) => Ok(users
            .into_iter()
            .filter(|user| !user.disabled)
            .map(|user| user.name)
            .collect()),
        Err(error) => {
            tracing::error!(%error, "the users could not be listed");
            Err(Problem::internal())
        }
    }
}
