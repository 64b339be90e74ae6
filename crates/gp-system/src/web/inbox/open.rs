//! The inbox with one letter opened.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use maud::{Markup, html};
use pages::components::Errors;
use pages::{PagesError, Problem};

use super::acts;
use super::filter::Filter;
use super::frame::{Inbox, neighbours};
use super::letter::{self, Around, Letter, Place, Tab};
use crate::web::context::{Pages, View};
use crate::web::role::PracticePermission::Act;
use crate::{Task, TaskId, TaskState};

/// One letter beside the list it was opened from (GPCM-SD-093).
pub(in crate::web) async fn page(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
) -> Result<Markup, Problem> {
    let id = TaskId::parse(&id).ok_or_else(Problem::not_found)?;
    // It is read by whoever works on letters: not by a script that renews a page, nor by a reader, and perhaps by
    // nobody where it opened by itself since the one before was dealt with.
    if !view.is_renewal() && view.session().may(Act) && filter.did.is_empty() {
        note_opened(&view, &pages, id).await;
    }
    show(&view, &pages, id, filter, &Errors::new()).await
}

/// Notes that a letter that opened by itself was in view for a while.
pub(in crate::web) async fn opened(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = TaskId::parse(&id).ok_or_else(Problem::not_found)?;
    note_opened(&view, &pages, id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Notes that a letter was opened. That it cannot be written keeps nobody from reading it.
async fn note_opened(view: &View, pages: &Pages, id: TaskId) {
    if let Err(error) = pages.by(view).open_task(id).await {
        tracing::warn!(task = %id, code = error.code(), "it could not be written that a letter was opened");
    }
}

/// The form that a script sends once a letter that opened by itself was in view for a while.
fn not_seen_yet(view: &View, filter: &Filter, task: &Task) -> Markup {
    let waits = !filter.did.is_empty()
        && task.opened_at.is_none()
        && task.state == TaskState::Open
        && view.session().may(Act);
    let path = format!("/inbox/{}/opened", task.id);
    html! { @if waits { div #opened hidden { (view.form(&path, html! {})) } } }
}

/// The page of a letter, with what is wrong in one of its forms.
pub(super) async fn show(
    view: &View,
    pages: &Pages,
    id: TaskId,
    filter: Filter,
    errors: &Errors,
) -> Result<Markup, Problem> {
    let text = letter::text;
    self::view(view, pages, (id, filter), errors, Tab::Text, text).await
}

/// A view of a letter, with what is wrong in one of the forms.
pub(super) async fn view(
    view: &View,
    pages: &Pages,
    (id, mut filter): (TaskId, Filter),
    errors: &Errors,
    tab: Tab,
    content: impl FnOnce(&Letter, &Around<'_>) -> Markup,
) -> Result<Markup, Problem> {
    let letter = Letter::load(view, pages, id).await?;
    let colleagues = if view.session().may(Act) {
        colleagues(pages).await?
    } else {
        Vec::new()
    };
    let neighbours = neighbours(view, pages, &filter, id).await?;
    // The list beside it is at the page where the letter stands, whatever page it was opened from.
    if let Some(page) = neighbours.as_ref().and_then(|around| around.page()) {
        filter.page = (page > 1).then(|| page.to_string());
    }
    let inbox = Inbox::of(view, pages, filter, Some(id)).await?;
    let title = format!("Task {}", letter.task.number);
    let around = Around {
        view,
        filter: &inbox.filter,
        back: html! {
            a.back-list.small href=(view.link(&inbox.filter.address())) {
                "‹ " (super::rows::counted(inbox.found.total))
            }
        },
        place: neighbours.map(|neighbours| Place {
            neighbours,
            total: inbox.found.total,
        }),
    };
    let content = content(&letter, &around);
    let pane = html! {
        (letter::pane(&letter, &around, tab, &content))
        (acts::bar(view, &inbox.filter, &letter.task, &colleagues, errors))
        (not_seen_yet(view, &inbox.filter, &letter.task))
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
