//! Documents of tasks and drafts handed to a browser.

use axum::extract::{Path, State};
use axum::response::Response;
use pages::Problem;

use super::context::{Pages, View};
use crate::{AttachmentContent, DraftId, TaskId};

/// A document or attachment: PDF and pictures are shown, everything else is a download that no
/// browser opens in our name.
pub(super) async fn attachment(
    view: View,
    State(pages): State<Pages>,
    Path((task, position)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let task = TaskId::parse(&task).ok_or_else(Problem::not_found)?;
    let position: u32 = position.parse().map_err(|_| Problem::not_found())?;
    let content = pages
        .ask(&view, move |practice| practice.attachment(task, position))
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(response(content, position))
}

/// The report of a draft, as it will be sent.
pub(super) async fn preview(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = DraftId::parse(&id).ok_or_else(Problem::not_found)?;
    let report = pages
        .by(&view)
        .draft_report(id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let content = AttachmentContent {
        content_type: "application/pdf".to_owned(),
        bytes: report,
    };
    Ok(response(content, 0))
}

fn response(content: AttachmentContent, position: u32) -> Response {
    let name = match position {
        0 => "document",
        _ => "attachment",
    };
    let name = format!("{name}-{position}");
    pages::document(&content.content_type, content.bytes, &name)
}
