//! The forms of a task's page.

use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use pages::components::Errors;
use pages::{Notice, Problem};
use serde::Deserialize;

use super::filter::Filter;
use super::frame::neighbours;
use super::{letter, open};
use crate::web::context::{Pages, View};
use crate::{PracticeError, TaskId, TaskWork};

#[derive(Deserialize)]
pub(in crate::web) struct Assignment {
    to: String,
}

#[derive(Deserialize)]
pub(in crate::web) struct Note {
    note: String,
}

#[derive(Deserialize)]
pub(in crate::web) struct Reason {
    reason: String,
}

#[derive(Deserialize)]
pub(in crate::web) struct Filing {
    /// That the patient was compared with the practice's list.
    #[serde(default)]
    patient: String,
}

fn known(id: &str) -> Result<TaskId, Problem> {
    TaskId::parse(id).ok_or_else(Problem::not_found)
}

/// Back to the letter, with what was done or why it could not be.
fn answer(
    view: &View,
    (id, filter): (TaskId, &Filter),
    done: Result<i64, PracticeError>,
    words: &str,
) -> Result<Response, Problem> {
    match done {
        Ok(_) => view.tell(Notice::success(words)),
        Err(
            error @ (PracticeError::Changed(_)
            | PracticeError::Note(_)
            | PracticeError::NeedsReview),
        ) => {
            view.tell(Notice::important(format!("Nothing was changed: {error}.")));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Redirect::to(&view.link(&filter.letter(id))).into_response())
}

/// The task's page again, with the field to fill in.
async fn again(
    view: &View,
    pages: &Pages,
    (id, filter): (TaskId, Filter),
    (field, words): (&str, &str),
) -> Result<Response, Problem> {
    let mut errors = Errors::new();
    errors.add(field, words);
    let page = open::show(view, pages, id, filter, &errors).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// A user of these pages by name, or nobody.
pub(super) async fn somebody(pages: &Pages, name: String) -> Result<Option<String>, Problem> {
    if name.is_empty() {
        return Ok(None);
    }
    let (users, asked) = (pages.users.clone(), name.clone());
    let known = tokio::task::spawn_blocking(move || users.identity(&asked)).await;
    match known {
        Ok(Ok(Some(_))) => Ok(Some(name)),
        _ => Err(Problem::not_found()),
    }
}

/// What stands behind a letter in the list that it was opened from.
async fn behind(
    view: &View,
    pages: &Pages,
    id: TaskId,
    filter: &Filter,
) -> Result<Option<TaskId>, Problem> {
    let around = neighbours(view, pages, filter, id).await?;
    Ok(around.and_then(|around| around.next))
}

/// On to the next letter, with the way to undo what was done with this one.
fn on(view: &View, filter: &Filter, act: i64, next: Option<TaskId>) -> Response {
    let path = match next {
        Some(next) => format!("/inbox/{next}"),
        None => "/inbox".to_owned(),
    };
    Redirect::to(&view.link(&filter.after(&path, act))).into_response()
}

pub(in crate::web) async fn assign(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(form): Form<Assignment>,
) -> Result<Response, Problem> {
    let id = known(&id)?;
    let to = somebody(&pages, form.to).await?;
    let words = match &to {
        Some(name) => format!("The task is assigned to {name}."),
        None => "The task is assigned to nobody.".to_owned(),
    };
    let done = pages.by(&view).work_on_task(id, TaskWork::Assign(to)).await;
    answer(&view, (id, &filter), done, &words)
}

pub(in crate::web) async fn note(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(form): Form<Note>,
) -> Result<Response, Problem> {
    let id = known(&id)?;
    if form.note.trim().is_empty() {
        return again(&view, &pages, (id, filter), ("note", "Enter the note")).await;
    }
    let done = pages
        .by(&view)
        .work_on_task(id, TaskWork::Note(form.note))
        .await;
    answer(&view, (id, &filter), done, "The note was added.")
}

pub(in crate::web) async fn file(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(form): Form<Filing>,
) -> Result<Response, Problem> {
    let id = known(&id)?;
    let confirmed = form.patient == letter::confirm::YES;
    let work = TaskWork::File { confirmed };
    let next = behind(&view, &pages, id, &filter).await?;
    let done = pages.by(&view).work_on_task(id, work).await;
    if let Ok(act) = done {
        return Ok(on(&view, &filter, act, next));
    }
    if matches!(done, Err(PracticeError::PatientNotMatched(_))) {
        let file = filter.within(&format!("/inbox/{id}/file"));
        let back = filter.letter(id);
        return letter::confirm::page(&view, &pages, id, (&file, &back)).await;
    }
    answer(&view, (id, &filter), done, "")
}

pub(in crate::web) async fn give_back(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(form): Form<Reason>,
) -> Result<Response, Problem> {
    let id = known(&id)?;
    if form.reason.trim().is_empty() {
        let wrong = ("reason", "Enter the reason for returning");
        return again(&view, &pages, (id, filter), wrong).await;
    }
    let next = behind(&view, &pages, id, &filter).await?;
    let work = TaskWork::Return(form.reason);
    let done = pages.by(&view).work_on_task(id, work).await;
    if let Ok(act) = done {
        return Ok(on(&view, &filter, act, next));
    }
    answer(&view, (id, &filter), done, "")
}

pub(in crate::web) async fn reopen(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    let id = known(&id)?;
    let done = pages.by(&view).work_on_task(id, TaskWork::Reopen).await;
    answer(&view, (id, &filter), done, "The task is to do again.")
}
