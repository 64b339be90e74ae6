//! The forms of a task's page.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use pages::components::Errors;
use pages::{Notice, Problem};
use serde::Deserialize;

use super::task;
use crate::web::{Look, Pages};
use crate::{PracticeError, TaskId};

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

fn known(id: &str) -> Result<TaskId, Problem> {
    TaskId::parse(id).ok_or_else(Problem::not_found)
}

/// Back to the task, with what was done or why it could not be.
fn told(
    view: &Look,
    id: TaskId,
    done: Result<(), PracticeError>,
    words: &str,
) -> Result<Response, Problem> {
    match done {
        Ok(()) => view.tell(Notice::success(words)),
        Err(error @ PracticeError::Task(_)) => {
            view.tell(Notice::important(format!("Nothing was changed: {error}.")));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Redirect::to(&view.link(&format!("/inbox/{id}"))).into_response())
}

/// The task's page again, with the field to fill in.
async fn again(
    view: &Look,
    pages: &Pages,
    id: TaskId,
    field: &str,
    words: &str,
) -> Result<Response, Problem> {
    let mut errors = Errors::new();
    errors.add(field, words);
    let page = task::show(view, pages, id, &errors).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

pub(in crate::web) async fn assign(
    view: Look,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Form(form): Form<Assignment>,
) -> Result<Response, Problem> {
    let id = known(&id)?;
    let to = Some(form.to).filter(|name| !name.is_empty());
    if let Some(name) = &to {
        let (users, name) = (pages.users.clone(), name.clone());
        let known = tokio::task::spawn_blocking(move || users.identity(&name)).await;
        if !matches!(known, Ok(Ok(Some(_)))) {
            return Err(Problem::not_found());
        }
    }
    let words = match &to {
        Some(name) => format!("The task is assigned to {name}."),
        None => "The task is assigned to nobody.".to_owned(),
    };
    let done = pages.by(&view).assign_task(id, to).await;
    told(&view, id, done, &words)
}

pub(in crate::web) async fn note(
    view: Look,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Form(form): Form<Note>,
) -> Result<Response, Problem> {
    let id = known(&id)?;
    if form.note.trim().is_empty() {
        return again(&view, &pages, id, "note", "Enter the note").await;
    }
    let done = pages.by(&view).note_task(id, form.note).await;
    told(&view, id, done, "The note was added.")
}

pub(in crate::web) async fn file(
    view: Look,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = known(&id)?;
    let done = pages.by(&view).file_task(id).await;
    told(&view, id, done, "The document was filed to the record.")
}

pub(in crate::web) async fn give_back(
    view: Look,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Form(form): Form<Reason>,
) -> Result<Response, Problem> {
    let id = known(&id)?;
    if form.reason.trim().is_empty() {
        return again(
            &view,
            &pages,
            id,
            "reason",
            "Enter the reason for returning",
        )
        .await;
    }
    let done = pages.by(&view).return_task(id, form.reason).await;
    let words = "The document was returned. Tell its sender by telephone or email: no message \
                 goes to them.";
    told(&view, id, done, words)
}

pub(in crate::web) async fn reopen(
    view: Look,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = known(&id)?;
    let done = pages.by(&view).reopen_task(id).await;
    told(&view, id, done, "The task is to do again.")
}
