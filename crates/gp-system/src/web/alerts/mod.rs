//! The alerts: what is to be dealt with, in groups, and how the rest was dealt with.

mod acts;
mod filter;
mod group;
mod list;
mod settled;

pub(super) use acts::{reopen, settle, undo};
pub(super) use list::page;
pub(super) use settled::by;

use maud::{Markup, html};
use pages::components::foreign_text;

use super::context::View;
use crate::AlertSubject;

/// An alert's words: what happened, without a full stop, and what to do.
pub(super) fn words(what: &str) -> (&str, &str) {
    match what.split_once(". ") {
        Some((happened, rest)) => (happened, rest),
        None => (what.trim_end_matches('.'), ""),
    }
}

/// What an alert is about, with the way there.
fn subject(view: &View, subject: &AlertSubject) -> Markup {
    match subject {
        AlertSubject::Consultation { id, patient } => html! {
            a href=(view.link(&format!("/sent/{id}"))) {
                b { (foreign_text(patient)) } ", sent consultation"
            }
        },
        AlertSubject::Letter {
            task,
            patient,
            sender,
        } => html! {
            a href=(view.link(&format!("/inbox/{task}"))) {
                b { (foreign_text(patient)) } ", letter from " (foreign_text(sender))
            }
        },
        AlertSubject::Message {
            number,
            mailbox,
            has_page,
        } => {
            let words = html! {
                "Received message " (number)
                @if let Some(mailbox) = mailbox { ", from " (foreign_text(mailbox)) }
            };
            html! {
                @if *has_page { a href=(view.link(&format!("/received/{number}"))) { (words) } }
                @else { (words) }
            }
        }
        AlertSubject::File(name) => html! { "File " (foreign_text(name)) " in IN" },
        AlertSubject::Other => html! { "No letter or consultation" },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_says_what_happened_and_then_what_to_do() {
        let failed = "The NHS number was not found (EPL-153). Check it. Send again.";
        let (happened, rest) = words(failed);
        assert_eq!(happened, "The NHS number was not found (EPL-153)");
        assert_eq!(rest, "Check it. Send again.");
        assert_eq!(words("One sentence."), ("One sentence", ""));
    }
}
