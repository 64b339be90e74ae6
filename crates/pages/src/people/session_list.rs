//! A table of sessions, each with the button that ends it.

use maud::{Markup, html};

use super::users::role_title;
use crate::access::OpenSession;
use crate::components::{Column, DataTable, time};
use crate::{Role, View};

/// Sessions in a table, at most; the latest used are shown.
const SHOWN: usize = 200;

/// A table of sessions; what ends one is posted below `path`.
pub(super) fn table<R: Role>(
    view: &View<R>,
    caption: &str,
    sessions: &[OpenSession],
    path: &str,
) -> Markup {
    let columns = vec![
        Column::text("User"),
        Column::text("Role"),
        Column::text("From"),
        Column::text("Signed in"),
        Column::text("Last used"),
        Column::text("End it"),
    ];
    let rows = sessions.iter().take(SHOWN).map(|session| {
        let mark = session.key.mark();
        let name = &session.identity.name;
        let is_this = session.key == *view.key();
        vec![
            html! { (name) @if is_this { " (this session)" } },
            html! { (role_title::<R>(&session.identity.role)) },
            html! { (session.source) },
            time(session.begun),
            time(session.used),
            view.form(
                &format!("{path}/{mark}/end"),
                html! {
                    button.nhsuk-button.nhsuk-button--secondary.nhsuk-button--small.pages-in-table type="submit" {
                        "End" span.nhsuk-u-visually-hidden {
                            " the session of " (name) " from " (session.source) ", number " (mark)
                        }
                    }
                },
            ),
        ]
    });
    let left_out = sessions.len().saturating_sub(SHOWN);
    html! {
        (DataTable::new(caption, columns).hide_caption().rows(rows).show())
        @if left_out > 0 { p { (left_out) " more are not shown: those used longest ago." } }
    }
}
