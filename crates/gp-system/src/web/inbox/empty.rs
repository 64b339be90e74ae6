//! Why the list is empty, and what can be done about it.

use maud::{Markup, html};
use pages::components::visible;

use super::filter::Filter;
use super::frame::Inbox;
use super::rows::counted;

/// The reason, which is not the same for a practice that never got a letter, one that is through with all of
/// them, and a choice that finds none.
pub(super) fn why(inbox: &Inbox<'_>) -> Markup {
    let tallies = &inbox.tallies;
    let to = |choices: &str| inbox.view.link(&Filter::parse(choices).address());
    let is_to_do = inbox.filter.choices().is_empty() && inbox.filter.search.is_empty();
    html! {
        div.empty.stack {
            @if tallies.open + tallies.done == 0 {
                p { b { "No letter has come yet." } }
                p { "A letter appears here by itself as soon as it is received." }
            } @else if is_to_do {
                p { b { "All done." } " Nothing waits here." }
                p { a href=(to("state=all")) { (counted(tallies.done)) " filed, returned or archived" } }
            } @else {
                p { b { "No letter matches" } " " (reasons(inbox)) "." }
                @if tallies.open > 0 {
                    p { a href=(to("")) { "Show everything to do: " (counted(tallies.open)) } }
                }
                @if inbox.filter.state() != "all" {
                    p { a href=(to("state=all")) { "Show letters in every state" } }
                }
            }
        }
    }
}

/// What the choices ask for, in words.
fn reasons(inbox: &Inbox<'_>) -> String {
    let filter = &inbox.filter;
    let mut reasons = Vec::new();
    if !inbox.words.is_empty() {
        reasons.push("the words searched for".to_owned());
    }
    match filter.state() {
        "open" => reasons.push("that is to do".to_owned()),
        "all" => {}
        state => reasons.push(format!("in the state \u{201c}{state}\u{201d}")),
    }
    if filter.assigned == "me" {
        reasons.push("assigned to you".to_owned());
    }
    if filter.unread == "yes" {
        reasons.push("not opened yet".to_owned());
    }
    match filter.kind.as_str() {
        "action" => reasons.push("for action".to_owned()),
        "information" => reasons.push("for information".to_owned()),
        _ => {}
    }
    if !filter.sender.is_empty() {
        reasons.push(format!("from {}", visible(&filter.sender)));
    }
    if !filter.age.is_empty() {
        reasons.push("so old".to_owned());
    }
    if !filter.since.is_empty() || !filter.until.is_empty() {
        reasons.push("received on these days".to_owned());
    }
    if reasons.is_empty() {
        reasons.push("these choices".to_owned());
    }
    reasons.join(", ")
}
