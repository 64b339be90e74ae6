//! What the buttons of a review do.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use pages::components::Errors;
use pages::{Notice, Problem};
use update_record::ReviewError;

use super::page::{Page, path};
use super::posted::Posted;
use super::{Reviewed, groups, load};
use crate::web::context::{Pages, View};
use crate::{PracticeError, ReviewOutcome, ReviewWork};

/// Keeps what was decided, and files or refuses where that was asked for.
pub(in crate::web) async fn save(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let reviewed = load(&view, &pages, &id).await?;
    let record = reviewed.stored.review.record();
    let posted = Posted::read(fields, record);
    let decisions = match posted.decisions(record) {
        Ok(decisions) => decisions,
        Err(errors) => {
            let page = Page::of(&view, &pages, &reviewed, posted.page);
            let page = page.with_posted(&posted).with_errors(&errors).show();
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let work = ReviewWork {
        seen: posted.seen,
        decisions,
        confirmed: posted.confirmed,
        then: posted.then(),
    };
    let practice = pages.by(&view);
    match practice.review_task(reviewed.task.id, work).await {
        Ok(ReviewOutcome::NotFiled(error)) => not_filed(&view, &pages, &id, &posted, error).await,
        Ok(ReviewOutcome::NotMatched) => not_matched(&view, &pages, &id, &posted).await,
        Ok(outcome) => {
            view.tell(notice(outcome));
            let address = path(&reviewed.task, posted.page);
            Ok(Redirect::to(&view.link(&address)).into_response())
        }
        Err(PracticeError::Changed(_)) => meanwhile(&view, &pages, &id, &posted).await,
        Err(error) => Err(error.into()),
    }
}

fn notice(outcome: ReviewOutcome) -> Notice {
    match outcome {
        ReviewOutcome::Saved { open: 0 } => {
            Notice::success("Saved. Every entry is decided: file the update when you are ready.")
        }
        ReviewOutcome::Saved { open: 1 } => Notice::success("Saved. 1 entry is to be decided."),
        ReviewOutcome::Saved { open } => {
            Notice::success(format!("Saved. {open} entries are to be decided."))
        }
        ReviewOutcome::Refused => Notice::success(
            "The update was refused. Tell the pharmacy by telephone or email: no message goes to them.",
        ),
        ReviewOutcome::Filed | ReviewOutcome::NotFiled(_) | ReviewOutcome::NotMatched => {
            Notice::success("The update was filed to the record.")
        }
    }
}

/// The page again, with a link to each entry that is open. What was decided is saved.
async fn not_filed(
    view: &View,
    pages: &Pages,
    id: &str,
    posted: &Posted,
    error: ReviewError,
) -> Result<Response, Problem> {
    let reviewed = load(view, pages, id).await?;
    let mut errors = Errors::new();
    if error == ReviewError::AllRefused {
        let words = "Every entry is refused: refuse the update as a whole, with a reason";
        errors.add("refusal", words);
    }
    let open = groups::open(&reviewed.stored.review);
    // A link leads to an entry of the same page: that of the first that is open.
    let number = open.first().map_or(posted.page, |first| first.page);
    let (here, elsewhere): (Vec<_>, Vec<_>) = open.iter().partition(|it| it.page == number);
    for entry in here {
        let words = format!("Decide about: {}", entry.name);
        errors.add(format!("entry-{}", entry.place), words);
    }
    if !elsewhere.is_empty() {
        let more = elsewhere.len();
        errors.add("", format!("{more} more are to be decided on other pages"));
    }
    let page = Page::of(view, pages, &reviewed, number);
    let page = page.with_errors(&errors).show();
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// The page again: somebody has to say that it is this patient's. What was decided is saved.
async fn not_matched(
    view: &View,
    pages: &Pages,
    id: &str,
    posted: &Posted,
) -> Result<Response, Problem> {
    let reviewed = load(view, pages, id).await?;
    let mut errors = Errors::new();
    let words = "Compare the patient with your list, and say that it is the same person";
    errors.add("patient", words);
    let page = Page::of(view, pages, &reviewed, posted.page);
    let page = page.with_errors(&errors).show();
    Ok((StatusCode::CONFLICT, page).into_response())
}

/// Somebody else was quicker: nothing was saved, and what was chosen stands in the form.
async fn meanwhile(
    view: &View,
    pages: &Pages,
    id: &str,
    posted: &Posted,
) -> Result<Response, Problem> {
    let reviewed: Reviewed = load(view, pages, id).await?;
    let page = Page::of(view, pages, &reviewed, posted.page);
    let page = page.with_posted(posted).with_conflict(posted.seen).show();
    Ok((StatusCode::CONFLICT, page).into_response())
}

/// Takes up again what was filed or refused.
pub(in crate::web) async fn reopen(
    view: View,
    State(pages): State<Pages>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let reviewed = load(&view, &pages, &id).await?;
    match pages.by(&view).reopen_review(reviewed.task.id).await {
        Ok(()) => view.tell(Notice::success(
            "Taken up again. What was filed of it no longer counts.",
        )),
        Err(error @ PracticeError::Changed(_)) => {
            view.tell(Notice::important(format!("Nothing was changed: {error}.")));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Redirect::to(&view.link(&path(&reviewed.task, 1))).into_response())
}
