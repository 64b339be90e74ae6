//! What the forms do.

use axum::extract::{Form, Path, Query, State};
use axum::response::Redirect;
use itk3::ResponseCode;
use serde::Deserialize;

use crate::sandbox::actions;
use crate::sandbox::filter::Filter;
use crate::sandbox::state::{Sandbox, SandboxError};

#[derive(Debug, Deserialize)]
pub(super) struct Reply {
    code: String,
}

pub(super) async fn reply(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
    Form(reply): Form<Reply>,
) -> Result<Redirect, SandboxError> {
    let code = ResponseCode::parse(&reply.code).ok_or_else(|| {
        SandboxError::Invalid("choose one of ITK3’s response codes, such as 20013".to_owned())
    })?;
    actions::reply(&sandbox, &id, code).await?;
    let query = filter.query();
    let and = if query.is_empty() { "?" } else { "&" };
    Ok(Redirect::to(&format!(
        "/messages/{id}{query}{and}view=answers&answered={code}"
    )))
}

pub(super) async fn replay(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
) -> Result<Redirect, SandboxError> {
    let again = actions::replay(&sandbox, &id).await?;
    Ok(Redirect::to(&format!(
        "/messages/{again}{}",
        filter.query()
    )))
}

pub(super) async fn delete(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
    Query(filter): Query<Filter>,
) -> Result<Redirect, SandboxError> {
    actions::delete(&sandbox, &id).await?;
    Ok(Redirect::to(&format!("/{}", filter.query())))
}

pub(super) async fn delete_refused(
    State(sandbox): State<Sandbox>,
    Path(number): Path<u64>,
    Query(filter): Query<Filter>,
) -> Result<Redirect, SandboxError> {
    if !sandbox.recorder().forget_refusal(number) {
        return Err(SandboxError::NotFound);
    }
    Ok(Redirect::to(&format!("/{}", filter.query())))
}

pub(super) async fn delete_all(State(sandbox): State<Sandbox>) -> Result<Redirect, SandboxError> {
    actions::delete_all(&sandbox).await?;
    Ok(Redirect::to("/"))
}
