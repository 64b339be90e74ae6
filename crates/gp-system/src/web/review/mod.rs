//! The page on which a person decides about each entry of an Update Record: what a computer will act on
//! beside what the pharmacist wrote.

mod aside;
mod banner;
mod changes;
mod choice;
mod entry;
mod groups;
mod page;
mod posted;
mod saving;

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use maud::Markup;
use pages::{Problem, SiteAsset};

use super::context::{Pages, View};
use crate::{PracticeError, ReceivedMessage, Task, TaskId, TaskReview, TaskState};
pub(super) use saving::{reopen, save};

/// The rules of this page beside those of all pages of work.
pub(super) static STYLE: SiteAsset =
    SiteAsset::style("review.css", include_str!("../../../assets/review.css"));

/// Asks before a page with unsaved decisions is left.
pub(super) static SCRIPT: SiteAsset =
    SiteAsset::script("review.js", include_str!("../../../assets/review.js"));

/// Bytes of the form: fifty entries with texts of 4,000 characters each, encoded.
pub(super) const FORM_LIMIT: usize = 4 * 1024 * 1024;

/// A task with its review, as one look at the records found them.
struct Reviewed {
    task: Task,
    stored: TaskReview,
    message: Option<ReceivedMessage>,
}

impl Reviewed {
    fn is_open(&self) -> bool {
        self.task.state == TaskState::Open
    }
}

async fn load(view: &View, pages: &Pages, id: &str) -> Result<Reviewed, Problem> {
    let id = TaskId::parse(id).ok_or_else(Problem::not_found)?;
    let found = pages
        .ask(view, move |practice| {
            let found = practice.task(id)?.zip(practice.review(id)?);
            Ok(found.map(|found| (found, practice.received_as(id))))
        })
        .await?;
    let ((task, stored), message) = found.ok_or_else(Problem::not_found)?;
    Ok(Reviewed {
        task,
        stored,
        message: message?,
    })
}

/// The review of a task.
pub(super) async fn page(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    asked: axum::extract::Query<page::Asked>,
) -> Result<Markup, Problem> {
    let reviewed = load(&view, &pages, &id).await?;
    Ok(page::Page::of(&view, &pages, &reviewed, asked.0.page()).show())
}

/// What is filed of an update, as other programs read it.
pub(super) async fn filed(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let reviewed = load(&view, &pages, &id).await?;
    let filed = reviewed.stored.filed_now();
    let record = &filed.ok_or_else(Problem::not_found)?.record;
    let json = serde_json::to_vec_pretty(record).map_err(|_| {
        Problem::from(PracticeError::Damaged {
            kind: "filed record",
        })
    })?;
    let name = format!(
        "attachment; filename=\"update-{}.json\"",
        reviewed.task.number
    );
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    Ok((headers, json).into_response())
}
