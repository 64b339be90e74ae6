//! The mailboxes of the sandbox.

use axum::extract::State;
use maud::{Markup, html};
use pages::components::foreign_text;
use pages::work::WorkTable;

use crate::sandbox::state::{Sandbox, SandboxError};
use crate::sandbox::words::clock_time;

use super::frame::SandboxPage;

pub(super) async fn page(State(sandbox): State<Sandbox>) -> Result<Markup, SandboxError> {
    let columns = ["Mailbox", "Name", "ODS code", "Waiting", "Last request"];
    let mut table = WorkTable::new("Mailboxes", &columns);
    for overview in sandbox.exchange().mailbox_overview().await? {
        let mailbox = &overview.mailbox;
        table.row(vec![
            html! { a href={ "/?mailbox=" (mailbox.id) } { (mailbox.id) } },
            html! { (foreign_text(&mailbox.name)) },
            html! { (mailbox.ods) },
            html! { (overview.waiting) },
            html! {
                @match overview.last_seen {
                    Some(at) => (clock_time(at)),
                    None => span.hush { "none yet" },
                }
            },
        ]);
    }
    let content = html! {
        h1.gap-low { "Mailboxes" }
        div.sheet #mailboxes data-live { (table.show()) }
    };
    Ok(SandboxPage {
        title: "Mailboxes",
        section: "/mailboxes",
        count: 0,
        is_live: true,
        content,
    }
    .draw(&sandbox))
}
