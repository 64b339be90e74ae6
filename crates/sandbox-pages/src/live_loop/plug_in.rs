//! What a visitor needs to plug in a system of their own, and what was heard of it.

use maud::{Markup, html};

use super::page::Shown;
use super::words;

/// Refusals shown.
const REFUSALS: usize = 4;

/// The card.
pub(crate) fn sheet(shown: &Shown<'_>) -> Markup {
    let visitor = &shown.places.visitor;
    let secrets = "connect.env";
    html! {
        section.sheet aria-labelledby="plug" {
            div.sheet-head { h2 #plug tabindex="-1" { "Plug in yours" } }
            div.sheet-in.stack {
                (heard(shown))
                dl.facts {
                    dt { "MESH URL" } dd { code { (visitor.url) } }
                    dt { "Mailbox" } dd { code { (visitor.mailbox) } " " span.hush { "ODS " (visitor.ods) } }
                    dt { "Secrets" } dd { "password and shared key in " a href=(address(secrets)) { (secrets) } }
                    dt { "All in" } dd { code { (visitor.directory.display()) } }
                }
                p.files {
                    @for name in visitor.files.iter().filter(|name| **name != secrets) {
                        a href=(address(name)) { (name) } " "
                    }
                }
                div {
                    @for command in &visitor.commands {
                        div.copy { code tabindex="0" { (command) } }
                    }
                }
            }
        }
    }
}

fn address(name: &str) -> String {
    format!("/connect/{name}")
}

fn heard(shown: &Shown<'_>) -> Markup {
    let (mailbox, visits) = (&shown.places.visitor.mailbox, &shown.visits);
    let ago = |at: jiff::Timestamp| words::time(shown.now.duration_since(at));
    html! {
        div #heard data-live {
            p.live {
                @match (visits.first, visits.good) {
                    (None, _) => { "Listening. Nothing from " (mailbox) " yet." }
                    (Some(_), 0) => { (mailbox) " was heard of, and every request was refused." }
                    (Some(_), good) => {
                        (mailbox) ": " (good) " good " (if good == 1 { "request" } else { "requests" }) ", "
                        (visits.sent) " sent."
                    }
                }
            }
            @if !visits.refusals.is_empty() {
                ul.refusals {
                    @for refusal in visits.refusals.iter().take(REFUSALS) {
                        li { b { "Refused" } " " (refusal.reason) " " span.hush { (ago(refusal.at)) " ago" } }
                    }
                }
            }
        }
    }
}
