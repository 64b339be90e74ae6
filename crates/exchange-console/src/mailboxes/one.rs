//! One mailbox: how it stands, what it may, its certificates and its latest messages.

use axum::extract::{Path, State};
use exchange::{MailboxOverview, Rights};
use jiff::Timestamp;
use maud::{Markup, html};
use nhs::WorkflowId;
use pages::Problem;
use pages::components::{elapsed, secondary_button, warning_button};
use pages::work::{State as Tag, facts, note};

use super::list::states;
use super::{found, quota};
use crate::assets;
use crate::certificates::of_mailbox;
use crate::console::{Console, View, problem};
use crate::labels::{age, ago, none, size};
use crate::messages::{self, Ends};
use crate::role::ExchangePermission;

/// Senders that are named.
const NAMED: usize = 10;

/// One mailbox.
pub(crate) async fn page(
    view: View,
    State(console): State<Console>,
    Path(id): Path<String>,
) -> Result<Markup, Problem> {
    let exchange = &console.exchange;
    let overview = found(&console, &id).await?;
    let (mailbox, now) = (&overview.mailbox, exchange.now());
    let (sent, received) = exchange.lists_of(&mailbox.id, 20).await.map_err(problem)?;
    let rights = exchange.rights_of(&mailbox.id);
    let certificates = console.certificates.of(&mailbox.ods);
    let content = html! {
        div.tools {
            h1 { (mailbox.id) }
            (states(&overview))
            @if view.session().may(ExchangePermission::Operate) { span."push act" { (switch(&view, &overview)) } }
        }
        div #mailbox data-live {
            (warnings(&view, &console, &overview, now))
            div.two {
                section.sheet aria-labelledby="stands" {
                    div.sheet-head { h2 #stands { "How it stands" } }
                    div.sheet-in { (summary(&overview, exchange.began(), now)) }
                }
                section.sheet aria-labelledby="may" {
                    div.sheet-head { h2 #may { "What it may" } }
                    div.sheet-in { (may(&rights)) }
                }
            }
        }
        section.sheet aria-labelledby="certificates" {
            div.sheet-head { h2 #certificates { "Certificates of " (mailbox.ods) } }
            @if certificates.is_empty() {
                p.sheet-in { "The exchange's own authority has issued none to this organisation." }
            } @else { (of_mailbox(&certificates, now)) }
        }
        div #lists data-live {
            h2 { "Sent" }
            (messages::table_or(&view, "The latest it sent", &sent, Ends::To, "It has sent nothing yet."))
            h2 { "Received" }
            (messages::table_or(&view, "The latest it was sent", &received, Ends::From, "It was sent nothing yet."))
        }
    };
    Ok(view
        .page(mailbox.id.to_string())
        .breadcrumb("Mailboxes", "/mailboxes")
        .without_heading()
        .work()
        .asset(&assets::STYLE)
        .show(content))
}

fn switch(view: &View, overview: &MailboxOverview) -> Markup {
    let id = &overview.mailbox.id;
    if overview.mailbox.active {
        view.form(
            &format!("/mailboxes/{id}/disable"),
            warning_button("Disable"),
        )
    } else {
        view.form(
            &format!("/mailboxes/{id}/enable"),
            secondary_button("Take into service again"),
        )
    }
}

/// What somebody has to look at: mail that was not collected, at either end, requests turned away, silence.
fn warnings(view: &View, console: &Console, overview: &MailboxOverview, now: Timestamp) -> Markup {
    let id = &overview.mailbox.id;
    let measured = console.exchange.measured();
    let waits: Vec<_> = measured
        .not_collected
        .iter()
        .filter(|found| found.mailbox == *id || found.senders.contains(id))
        .take(NAMED)
        .collect();
    let link = |mailbox: &nhs::MailboxId| {
        html! { a href=(view.link(&format!("/mailboxes/{mailbox}"))) { (mailbox) } }
    };
    html! {
        @if !waits.is_empty() {
            (note(Tag::Warning, html! {
                b { "Not collected." }
                ul.list-plain { @for found in &waits { li {
                    (link(&found.mailbox)) ": " (found.waiting) " waiting, sent by "
                    @for (number, sender) in found.senders.iter().take(NAMED).enumerate() {
                        @if number > 0 { ", " } (link(sender))
                    }
                    @if found.senders.len() > NAMED { " and others" }
                    ". Ask whether its client runs, and tell the senders."
                } } }
            }))
        }
        @if let Some(refused) = overview.refused.as_ref().filter(|refused| refused.last_hour > 0) {
            (note(Tag::Warning, html! {
                b { (refused.last_hour) " requests in its name were refused in the last hour." }
                " The last one " (ago(Some(refused.at), now)) ": " (refused.reason) "."
            }))
        }
        @if overview.is_missing {
            (note(Tag::Warning, html! {
                b { "Not seen for " (elapsed(now.duration_since(overview.last_seen.unwrap_or(console.exchange.began())))) "." }
                " Its client makes no request. Ask its owner whether it runs, or disable the mailbox if it is no longer used."
            }))
        }
    }
}

fn summary(overview: &MailboxOverview, began: Timestamp, now: Timestamp) -> Markup {
    let mailbox = &overview.mailbox;
    facts(&[
        ("Name", html! { (mailbox.name) }),
        (
            "Organisation",
            html! { (mailbox.ods) " " (mailbox.organisation_name) },
        ),
        ("Waiting", html! { (overview.waiting) }),
        (
            "Oldest waiting",
            age(overview.oldest, now, overview.not_collected),
        ),
        ("Uploads under way", html! { (overview.uploading) }),
        (
            "Last seen",
            html! {
                @if overview.last_seen.is_some() { (ago(overview.last_seen, now)) }
                @else { "not since this server began, " (ago(Some(began), now)) }
            },
        ),
        (
            "Quota used",
            html! {
                (quota(overview)) ", " (overview.sent.messages) " messages of " (size(overview.sent.bytes))
            },
        ),
    ])
}

fn may(rights: &Rights) -> Markup {
    let list = |workflows: &[WorkflowId]| {
        html! {
            @if workflows.is_empty() { (none()) } @else {
                ul.list-plain { @for workflow in workflows { li { (crate::labels::breakable(workflow.as_str())) } } }
            }
        }
    };
    html! {
        (facts(&[("Send", list(&rights.sends)), ("Receive", list(&rights.receives))]))
        p."tiny hush" { "Changed on the server by " code { "restante workflow allow" } " and " code { "deny" } "." }
    }
}
