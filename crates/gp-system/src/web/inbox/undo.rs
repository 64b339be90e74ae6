//! What was done just now, with the way to take it back.

use axum::extract::{Form, Query, State};
use axum::response::Redirect;
use maud::{Markup, html};
use pages::components::foreign_text;
use pages::{Notice, Problem};
use serde::Deserialize;

use super::filter::Filter;
use super::frame::Inbox;
use super::rows::counted;
use crate::TaskState;
use crate::web::context::{Pages, View};

/// Names that are told one by one.
const NAMED: usize = 3;

/// Says what was done and offers to undo it. Nothing where nothing can be undone.
pub(super) fn bar(inbox: &Inbox<'_>) -> Markup {
    let (view, done) = (inbox.view, &inbox.undoable);
    let Some(first) = done.first() else {
        return html! {};
    };
    let what = match first.state {
        TaskState::Filed => "Filed to the record: ",
        TaskState::Returned => {
            "Returned, which no message tells the sender: telephone or email them about "
        }
        TaskState::Open | TaskState::Archived => "Assigned: ",
    };
    html! {
        div.did role="status" {
            span {
                (what)
                @if done.len() > NAMED { (counted(done.len() as u64)) }
                @else {
                    @for (place, task) in done.iter().enumerate() {
                        @if place > 0 { "; " }
                        (foreign_text(&task.patient))
                    }
                }
                "."
            }
            (view.form(&inbox.filter.within("/inbox/undo"), html! {
                input type="hidden" name="act" value=(inbox.filter.did);
                button.btn.btn-sm #undo type="submit" { "Undo" }
            }))
        }
    }
}

#[derive(Deserialize)]
pub(in crate::web) struct Act {
    act: String,
}

/// Takes back what this user did just now, and leads to it.
pub(in crate::web) async fn undo(
    view: View,
    State(pages): State<Pages>,
    Query(filter): Query<Filter>,
    Form(form): Form<Act>,
) -> Result<Redirect, Problem> {
    let act = form.act.parse().map_err(|_| Problem::not_found())?;
    let undone = pages.by(&view).undo_task_act(act).await?;
    let address = match undone.as_slice() {
        [] => {
            view.tell(Notice::important(
                "Nothing was undone: something else was done with the letters since.",
            ));
            filter.address()
        }
        [one] => {
            view.tell(Notice::success("Undone. The letter is as it was."));
            filter.letter(*one)
        }
        all => {
            let all = counted(all.len() as u64);
            view.tell(Notice::success(format!("Undone. {all} are as they were.")));
            filter.address()
        }
    };
    Ok(Redirect::to(&view.link(&address)))
}
