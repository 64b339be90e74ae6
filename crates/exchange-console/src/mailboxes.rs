//! The mailboxes, and one of them with its latest messages.

use axum::extract::{Path, State};
use exchange::MailboxOverview;
use jiff::Timestamp;
use maud::{Markup, html};
use nhs::MailboxId;
use pages::Problem;
use pages::components::{Colour, Column, DataTable, SummaryRow, summary_list, tag};

use crate::console::{Console, View, problem};
use crate::labels::ago;
use crate::messages::{self, Ends};
use crate::not_collected;

/// Every mailbox: what waits, since when, and when it was last seen.
pub(crate) async fn list(view: View, State(console): State<Console>) -> Result<Markup, Problem> {
    let overview = console.exchange.mailbox_overview().await.map_err(problem)?;
    let all: Vec<&MailboxOverview> = overview.iter().collect();
    let now = console.exchange.now();
    let content = html! {
        div #mailboxes data-live {
            @if all.is_empty() {
                p { "The exchange has no mailbox yet. Add one with " code { "restante mailbox add" } "." }
            } @else {
                (table(&view, "Mailboxes by id", &all, now))
            }
        }
    };
    Ok(view.page("Mailboxes").show(content))
}

/// A table of mailboxes.
pub(crate) fn table(
    view: &View,
    caption: &str,
    mailboxes: &[&MailboxOverview],
    now: Timestamp,
) -> Markup {
    let columns = vec![
        Column::text("Mailbox"),
        Column::text("Name"),
        Column::text("Organisation"),
        Column::numeric("Waiting"),
        Column::text("Oldest"),
        Column::text("Last seen"),
    ];
    let rows = mailboxes.iter().map(|overview| {
        let mailbox = &overview.mailbox;
        vec![
            html! {
                a.nhsuk-link href=(view.link(&format!("/mailboxes/{}", mailbox.id))) { (mailbox.id) }
                @if !mailbox.active { " " (tag(Colour::Grey, "Disabled")) }
                @if overview.not_collected { " " (tag(Colour::Orange, "Not collected")) }
            },
            html! { (mailbox.name) },
            html! { (mailbox.ods) },
            html! { (overview.waiting) },
            ago(overview.oldest, now),
            ago(overview.last_seen, now),
        ]
    });
    DataTable::new(caption, columns)
        .hide_caption()
        .rows(rows)
        .show()
}

/// One mailbox with its latest messages.
pub(crate) async fn page(
    view: View,
    State(console): State<Console>,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let id = MailboxId::parse(&id).map_err(|_| Problem::not_found())?;
    let exchange = &console.exchange;
    let overview = exchange.mailbox_overview().await.map_err(problem)?;
    let overview = overview
        .into_iter()
        .find(|overview| overview.mailbox.id == id)
        .ok_or_else(Problem::not_found)?;
    let (sent, received) = exchange.lists_of(&id, 20).await.map_err(problem)?;
    let content = html! {
        div #mailbox data-live {
            (not_collected::about(&view, &id, &exchange.measured().not_collected))
            (summary(&overview, exchange.now()))
            h2 { "Sent" }
            (messages::table_or(&view, "The latest it sent", &sent, Ends::To, "It has sent nothing yet."))
            h2 { "Received" }
            (messages::table_or(&view, "The latest it was sent", &received, Ends::From, "It was sent nothing yet."))
        }
    };
    Ok(view
        .page(overview.mailbox.id.to_string())
        .caption("Mailbox")
        .breadcrumb("Mailboxes", "/mailboxes")
        .show(content))
}

fn summary(overview: &MailboxOverview, now: Timestamp) -> Markup {
    let mailbox = &overview.mailbox;
    let state = if mailbox.active {
        tag(Colour::Green, "Active")
    } else {
        tag(Colour::Grey, "Disabled")
    };
    summary_list(&[
        SummaryRow::text("Name", &mailbox.name),
        SummaryRow::text(
            "Organisation",
            format!("{} {}", mailbox.ods, mailbox.organisation_name),
        ),
        SummaryRow::new("State", state),
        SummaryRow::text("Waiting", overview.waiting),
        SummaryRow::new("Oldest waiting", ago(overview.oldest, now)),
        SummaryRow::text("Uploads under way", overview.uploading),
        SummaryRow::new("Last seen", ago(overview.last_seen, now)),
    ])
}
