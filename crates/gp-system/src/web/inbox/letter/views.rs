//! The pages of a letter's views.

use axum::extract::{Path, Query, State};
use maud::Markup;
use pages::Problem;
use pages::components::Errors;

use super::journey::Seen;
use super::{Around, Letter, Tab, files, history, journey};
use crate::TaskId;
use crate::web::context::{Pages, View};
use crate::web::inbox::filter::Filter;
use crate::web::inbox::open;

type Id = Path<String>;

/// The document by itself.
pub(in crate::web) async fn document(
    view: View,
    state: State<Pages>,
    id: Id,
    filter: Query<Filter>,
) -> Result<Markup, Problem> {
    shown(&view, &state.0, &id, filter.0, Tab::Document, files::shown).await
}

/// What came with the document.
pub(in crate::web) async fn files(
    view: View,
    state: State<Pages>,
    id: Id,
    filter: Query<Filter>,
) -> Result<Markup, Problem> {
    shown(&view, &state.0, &id, filter.0, Tab::Files, files::list).await
}

/// The way of the letter through this practice.
pub(in crate::web) async fn journey(
    view: View,
    state: State<Pages>,
    id: Id,
    filter: Query<Filter>,
) -> Result<Markup, Problem> {
    let task = known(&id)?;
    let seen = state
        .ask(&view, move |practice| {
            Ok(Seen {
                answers: practice.answers_of_task(task)?,
                control: practice.control_of_task(task)?,
            })
        })
        .await?;
    shown(
        &view,
        &state.0,
        &id,
        filter.0,
        Tab::Journey,
        |letter, around| journey::show(letter, &seen, around),
    )
    .await
}

/// Who did what with the letter.
pub(in crate::web) async fn history(
    view: View,
    state: State<Pages>,
    id: Id,
    filter: Query<Filter>,
) -> Result<Markup, Problem> {
    shown(&view, &state.0, &id, filter.0, Tab::History, |letter, _| {
        history::show(&letter.history)
    })
    .await
}

fn known(id: &str) -> Result<TaskId, Problem> {
    TaskId::parse(id).ok_or_else(Problem::not_found)
}

/// A view of a letter, beside the list it was opened from.
pub(in crate::web) async fn shown(
    view: &View,
    pages: &Pages,
    id: &str,
    filter: Filter,
    tab: Tab,
    content: impl FnOnce(&Letter, &Around<'_>) -> Markup,
) -> Result<Markup, Problem> {
    open::view(
        view,
        pages,
        (known(id)?, filter),
        &Errors::new(),
        tab,
        content,
    )
    .await
}
