//! What is on its way into inboxes.

use axum::extract::State;
use maud::{Markup, html};
use pages::Problem;
use pages::components::{Column, DataTable, time};

use crate::console::{Console, View, problem};
use crate::labels::{ago, breakable, message_link, none, size};

const MOST: u32 = 200;

/// What is on its way into inboxes: messages being routed, and uploads that are not complete.
pub(crate) async fn page(view: View, State(console): State<Console>) -> Result<Markup, Problem> {
    let exchange = &console.exchange;
    let now = exchange.now();
    let routing = exchange.routing_queue(MOST).await.map_err(problem)?;
    let uploads = exchange.uploads(MOST).await.map_err(problem)?;
    let jobs = routing.iter().map(|job| {
        vec![
            message_link(&view, job.message.as_str()),
            mailbox(job.sender.as_ref()),
            breakable(job.workflow.as_str()),
            ago(Some(job.accepted_at), now),
            html! { (job.attempts) },
            time(job.next_at),
        ]
    });
    let job_columns = vec![
        Column::text("Message"),
        Column::text("From"),
        Column::text("Workflow"),
        Column::text("Accepted"),
        Column::numeric("Attempts"),
        Column::text("Tried again"),
    ];
    let parts = uploads.iter().map(|upload| {
        vec![
            message_link(&view, upload.message.as_str()),
            mailbox(upload.sender.as_ref()),
            html! { (upload.chunks_received) " of " (upload.chunks_total) },
            html! { (size(upload.bytes)) },
            ago(Some(upload.started_at), now),
        ]
    });
    let part_columns = vec![
        Column::text("Message"),
        Column::text("From"),
        Column::numeric("Chunks here"),
        Column::numeric("Bytes here"),
        Column::text("Begun"),
    ];
    let content = html! {
        div #queues data-live {
            h2 { "Being routed" }
            @if routing.is_empty() {
                p { "No message waits for its patient's practice." }
            } @else {
                (DataTable::new("Messages being routed, soonest due first", job_columns).hide_caption().rows(jobs).show())
            }
            h2 { "Uploads under way" }
            @if uploads.is_empty() {
                p { "No message is being uploaded in chunks." }
            } @else {
                (DataTable::new("Uploads, oldest first", part_columns).hide_caption().rows(parts).show())
            }
            p.nhsuk-hint { "At most " (MOST) " of each are shown." }
        }
    };
    Ok(view.page("Queues").show(content))
}

fn mailbox(id: Option<&nhs::MailboxId>) -> Markup {
    match id {
        Some(id) => html! { (id) },
        None => none(),
    }
}
