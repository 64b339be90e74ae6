//! What is on its way into inboxes.

use axum::extract::{Path, State};
use axum::response::Redirect;
use exchange::ExchangeError;
use maud::{Markup, html};
use pages::components::time;
use pages::work::WorkTable;
use pages::{Notice, Problem};

use crate::assets;
use crate::console::{Console, View, problem};
use crate::labels::{ago, breakable, message_link, none, size, until};
use crate::role::ExchangePermission;

const MOST: u32 = 200;

/// What is on its way into inboxes: messages being routed, and uploads that are not complete.
pub(crate) async fn page(view: View, State(console): State<Console>) -> Result<Markup, Problem> {
    let exchange = &console.exchange;
    let now = exchange.now();
    let routing = exchange.routing_queue(MOST).await.map_err(problem)?;
    let uploads = exchange.uploads(MOST).await.map_err(problem)?;
    let patients = exchange.patients_service();
    let may_try = view.session().may(ExchangePermission::Operate);
    let columns = [
        "Message", "From", "Workflow", "Accepted", "Tries", "Next try", "",
    ];
    let shown = if may_try { &columns[..] } else { &columns[..6] };
    let mut jobs = WorkTable::new("Messages being routed, soonest due first", shown);
    for job in &routing {
        jobs.row(vec![
            message_link(&view, job.message.as_str()),
            mailbox(&view, job.sender.as_ref()),
            breakable(job.workflow.as_str()),
            ago(Some(job.accepted_at), now),
            html! { (job.attempts) },
            html! { (until(job.next_at, now)) },
            try_button(&view, job.message.as_str()),
        ]);
    }
    let columns = ["Message", "From", "Chunks here", "Bytes here", "Begun"];
    let mut parts = WorkTable::new("Uploads, oldest first", &columns);
    for upload in &uploads {
        parts.row(vec![
            message_link(&view, upload.message.as_str()),
            mailbox(&view, upload.sender.as_ref()),
            html! { (upload.chunks_received) " of " (upload.chunks_total) },
            html! { (size(upload.bytes)) },
            ago(Some(upload.started_at), now),
        ]);
    }
    let content = html! {
        div #queues data-live {
            section.sheet aria-labelledby="routing" {
                div.sheet-head {
                    h2 #routing { "Being routed" }
                    span."small hush" {
                        @match (patients.away_since, patients.answered) {
                            (Some(since), _) => { "PDS has not answered since " (time(since)) }
                            (None, Some((_, took))) => { "PDS answered in " (took.as_millis()) " ms" }
                            (None, None) => { "PDS was not asked yet" }
                        }
                    }
                }
                @if routing.is_empty() {
                    p.sheet-in { "No message waits for its patient's practice." }
                } @else { (jobs.show()) }
            }
            (cut(routing.len()))
            br;
            section.sheet aria-labelledby="uploads" {
                div.sheet-head { h2 #uploads { "Uploads under way" } }
                @if uploads.is_empty() {
                    p.sheet-in { "No message is being uploaded in chunks." }
                } @else { (parts.show()) }
            }
            (cut(uploads.len()))
        }
    };
    Ok(view
        .page("Queues")
        .work()
        .asset(&assets::STYLE)
        .show(content))
}

/// Said only where there may be more.
fn cut(shown: usize) -> Markup {
    html! {
        @if u32::try_from(shown).is_ok_and(|shown| shown >= MOST) {
            p."small hush" { "The first " (MOST) " are shown." }
        }
    }
}

fn try_button(view: &View, message: &str) -> Markup {
    let words = html! {
        button."btn btn-sm" type="submit" { "Try now" span.unseen { " " (message) } }
    };
    view.form(&format!("/queues/{message}/try"), words)
}

/// Has a message tried at once.
pub(crate) async fn try_now(
    view: View,
    State(console): State<Console>,
    Path(message): Path<String>,
) -> Result<Redirect, Problem> {
    let who = view.session().user();
    let notice = match console.exchange.try_now(&message, who).await {
        Ok(()) => {
            Notice::success("It is tried now, and again later by itself if there is no answer")
        }
        Err(ExchangeError::NotFound) => {
            Notice::important("It does not wait any more: it was routed, or given up")
        }
        Err(ExchangeError::TriedJustNow { retry_after }) => Notice::important(format!(
            "Not tried: it was tried just now, or too many were. Try again in {} seconds",
            retry_after.as_secs().max(1)
        )),
        Err(error) => return Err(problem(error)),
    };
    console.journeys.live().changed();
    view.tell(notice);
    Ok(Redirect::to(&view.link("/queues")))
}

fn mailbox(view: &View, id: Option<&nhs::MailboxId>) -> Markup {
    match id {
        Some(id) => html! { a href=(view.link(&format!("/mailboxes/{id}"))) { (id) } },
        None => none(),
    }
}
