//! Mailboxes that have not collected, for the operators of either end: MESH tells the senders only when a message is
//! given up.

use exchange::NotCollected;
use maud::{Markup, html};
use nhs::MailboxId;
use pages::components::warning_callout;

use crate::console::View;

/// Mailboxes that the first page names.
const NAMED: usize = 10;

/// What is to be done about all of them; nothing when there is none.
pub(crate) fn to_be_done(view: &View, waiting: &[NotCollected]) -> Markup {
    let more = waiting.len().saturating_sub(NAMED);
    html! {
        @if !waiting.is_empty() {
            (warning_callout("Not collected", html! {
                p { "Ask the owners of these mailboxes whether their clients run, and tell the senders." }
                ul.nhsuk-list.nhsuk-list--bullet {
                    @for it in waiting.iter().take(NAMED) { li { (line(view, it)) } }
                    @if more > 0 { li { "and " (more) " more" } }
                }
            }))
        }
    }
}

/// What waits that a mailbox sent, or is to collect; nothing when all was collected in time.
pub(crate) fn about(view: &View, mailbox: &MailboxId, waiting: &[NotCollected]) -> Markup {
    let concerns = |it: &&NotCollected| it.mailbox == *mailbox || it.senders.contains(mailbox);
    let found: Vec<&NotCollected> = waiting.iter().filter(concerns).collect();
    html! {
        @if !found.is_empty() {
            (warning_callout("Not collected", html! {
                ul.nhsuk-list.nhsuk-list--bullet {
                    @for it in found.iter().take(NAMED) { li { (line(view, it)) } }
                }
            }))
        }
    }
}

fn line(view: &View, waiting: &NotCollected) -> Markup {
    html! {
        (link(view, &waiting.mailbox)) ": " (waiting.waiting) " waiting, sent by "
        @for (number, sender) in waiting.senders.iter().take(NAMED).enumerate() {
            @if number > 0 { ", " }
            (link(view, sender))
        }
        @if waiting.senders.len() > NAMED { " and others" }
    }
}

fn link(view: &View, mailbox: &MailboxId) -> Markup {
    html! { a.nhsuk-link href=(view.link(&format!("/mailboxes/{mailbox}"))) { (mailbox) } }
}
