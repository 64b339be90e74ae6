//! The single keys of the inbox: their list, and the switch that turns them off (WCAG 2.1.4).

use axum::extract::{Form, Query, State};
use axum::response::Redirect;
use maud::{Markup, html};
use pages::Problem;
use serde::Deserialize;

use super::filter::Filter;
use super::frame::Inbox;
use crate::web::context::{Pages, View};
use crate::{InboxHabit, TaskId};

const KEYS: [(&str, &str); 11] = [
    ("j", "next letter"),
    ("k", "previous letter"),
    ("f", "file to the record"),
    ("a", "assign to me"),
    ("n", "note"),
    ("r", "return"),
    ("u", "undo what was just done"),
    ("x", "choose the letter, or not"),
    ("p", "print"),
    ("/", "search"),
    ("?", "this list"),
];

/// The list that `?` opens; a script shows it.
pub(super) fn list(inbox: &Inbox<'_>) -> Markup {
    let open = inbox.open.map(|id| id.to_string()).unwrap_or_default();
    let (words, off) = if inbox.keys_off {
        ("Switch single keys on", "no")
    } else {
        ("Switch single keys off", "yes")
    };
    html! {
        dialog.keys-list #keys aria-labelledby="keys-title" {
            h2 #keys-title { "Keys" }
            p.small {
                @if inbox.keys_off { "They are switched off: only ? does something." }
                @else { "Each works by itself, and none while you write in a field." }
            }
            dl.facts { @for (key, what) in KEYS { dt { kbd { (key) } } dd { (what) } } }
            div.row {
                (inbox.view.form(&inbox.filter.within("/inbox/keys"), html! {
                    input type="hidden" name="off" value=(off);
                    input type="hidden" name="letter" value=(open);
                    button.btn.btn-sm type="submit" { (words) }
                }))
                form method="dialog" { button.btn.btn-sm type="submit" { "Close" } }
            }
        }
    }
}

#[derive(Deserialize)]
pub(in crate::web) struct Switch {
    off: String,
    letter: String,
}

/// Turns the keys of this user off or on, and leads back.
pub(in crate::web) async fn switch(
    view: View,
    State(pages): State<Pages>,
    Query(filter): Query<Filter>,
    Form(switch): Form<Switch>,
) -> Result<Redirect, Problem> {
    let off = switch.off == "yes";
    pages
        .by(&view)
        .change_inbox(InboxHabit::KeysOff(off))
        .await?;
    let address = match TaskId::parse(&switch.letter) {
        Some(letter) => filter.letter(letter),
        None => filter.address(),
    };
    Ok(Redirect::to(&view.link(&address)))
}
