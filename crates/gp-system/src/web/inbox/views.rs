//! The views of the inbox: those that everybody has, and those that a user keeps under a name.

use axum::extract::{Form, State};
use axum::response::Redirect;
use maud::{Markup, html};
use pages::components::visible;
use pages::{Notice, Problem};
use serde::Deserialize;

use super::filter::Filter;
use super::frame::Inbox;
use crate::web::context::{Pages, View};
use crate::{InboxHabit, InboxTallies, InboxView};

/// The longest name of a kept view, in characters.
const LONGEST_NAME: usize = 40;

/// The views everybody has: name, choices, how many letters.
fn common(tallies: &InboxTallies) -> [(&'static str, &'static str, u64); 6] {
    [
        ("To do", "", tallies.open),
        ("Mine", "assigned=me", tallies.mine),
        ("Unread", "unread=yes", tallies.unread),
        ("For action", "kind=action", tallies.for_action),
        ("Older than 2 days", "age=2", tallies.old),
        ("Done", "state=all", 0),
    ]
}

/// Every view as a link with its count, and the way to keep or forget one.
pub(super) fn chips(inbox: &Inbox<'_>) -> Markup {
    let choices = inbox.filter.choices();
    let is_search = !inbox.filter.search.is_empty();
    let chip = |name: &str, of: &str, count: Option<u64>| {
        let is_here = of == choices && !is_search;
        let address = Filter {
            sort: inbox.filter.sort.clone(),
            ..Filter::parse(of)
        };
        html! {
            a.chip href=(inbox.view.link(&address.address())) aria-current=[is_here.then_some("true")] {
                (name)
                @if let Some(count) = count { " " (count) }
            }
        }
    };
    let commons = common(&inbox.tallies);
    let is_common = commons.iter().any(|(_, of, _)| *of == choices);
    let kept = inbox.kept.iter().find(|(view, _)| view.choices == choices);
    html! {
        div.chips #views data-live role="group" aria-label="Views" {
            @for (name, of, count) in commons {
                (chip(name, of, (of != "state=all").then_some(count)))
            }
            @for (view, count) in &inbox.kept { (chip(&visible(&view.name), &view.choices, Some(*count))) }
        }
        @if let Some((view, _)) = kept {
            (inbox.view.form("/inbox/views/forget", html! {
                input type="hidden" name="name" value=(view.name);
                button.btn.btn-sm.btn-plain type="submit" { "Forget this view" }
            }))
        } @else if !is_common {
            details.more {
                summary { "Save this view" }
                div.more-in {
                    (inbox.view.form("/inbox/views", html! {
                        input type="hidden" name="choices" value=(choices);
                        label.field for="view-name" { "Name of the view" }
                        div.row {
                            input.input #view-name name="name" maxlength=(LONGEST_NAME) autocomplete="off";
                            button.btn.btn-sm type="submit" { "Save" }
                        }
                    }))
                }
            }
        }
    }
}

#[derive(Deserialize)]
pub(in crate::web) struct Kept {
    name: String,
    #[serde(default)]
    choices: String,
}

/// Keeps the choices of this list under a name.
pub(in crate::web) async fn keep(
    view: View,
    State(pages): State<Pages>,
    Form(kept): Form<Kept>,
) -> Result<Redirect, Problem> {
    let filter = Filter::parse(&kept.choices);
    let back = Redirect::to(&view.link(&filter.address()));
    let name: String = kept.name.trim().chars().take(LONGEST_NAME).collect();
    if name.is_empty() {
        view.tell(Notice::important("Enter a name for the view."));
        return Ok(back);
    }
    let habit = InboxHabit::Keep(InboxView {
        name,
        choices: filter.choices(),
    });
    if pages.by(&view).change_inbox(habit).await? {
        view.tell(Notice::success(
            "The view is saved: its name stands above the list.",
        ));
    } else {
        view.tell(Notice::important(
            "Nothing was saved: twelve views are kept already. Forget one first.",
        ));
    }
    Ok(back)
}

/// Forgets a kept view.
pub(in crate::web) async fn forget(
    view: View,
    State(pages): State<Pages>,
    Form(kept): Form<Kept>,
) -> Result<Redirect, Problem> {
    pages
        .by(&view)
        .change_inbox(InboxHabit::Forget(kept.name))
        .await?;
    view.tell(Notice::success(
        "The view is forgotten. No letter was changed.",
    ));
    Ok(Redirect::to(&view.link("/inbox")))
}
