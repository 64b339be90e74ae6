//! What stands beside the entries: where the patient was seen, and what was found in the message.

use maud::{Markup, html};
use pages::components::{foreign_text, time};
use pages::work::{State, facts, tag};

use super::Reviewed;
use crate::web::context::View;
use crate::web::received::{answered, counted};

/// A box with its heading.
pub(super) fn sheet(id: &str, heading: &str, content: Markup) -> Markup {
    html! {
        section.sheet aria-labelledby=(id) {
            div.sheet-head { h2 id=(id) { (heading) } }
            div.sheet-in { (content) }
        }
    }
}

pub(super) fn seen_at(reviewed: &Reviewed) -> Markup {
    let record = reviewed.stored.review.record();
    let stated = |text: &Option<String>| match text {
        Some(text) => foreign_text(text),
        None => html! { "not stated" },
    };
    let pharmacy = html! { (stated(&record.pharmacy.name)) ", " (stated(&record.pharmacy.ods)) };
    let by = html! {
        (stated(&record.clinician.name))
        @if let Some(role) = &record.clinician.role { ", " (foreign_text(role)) }
        @if let Some(id) = &record.clinician.identifier { " (" (foreign_text(id)) ")" }
    };
    let when = match record.date.as_deref().map(str::parse::<jiff::Timestamp>) {
        Some(Ok(at)) => time(at),
        _ => stated(&record.date),
    };
    let version = record.version.map_or_else(
        || "version not stated".to_owned(),
        |version| format!("version {version}"),
    );
    let received = html! { (time(reviewed.task.received_at)) ", " (version) };
    sheet(
        "seen-at",
        "Seen at",
        facts(&[
            ("Pharmacy", pharmacy),
            ("By", by),
            ("When", when),
            (
                "Service",
                html! { (record.service.map_or("not known here", update_record::Service::display)) },
            ),
            ("Title", foreign_text(&record.title)),
            ("Received", received),
        ]),
    )
}

pub(super) fn checks(view: &View, reviewed: &Reviewed) -> Markup {
    let entries = &reviewed.stored.review.record().entries;
    let marked = entries
        .iter()
        .filter(|entry| !entry.marks.is_empty())
        .count();
    sheet(
        "checks",
        "Checks",
        html! {
            div.stack.small {
                p {
                    @match marked {
                        0 => (tag(State::Good, "No warning on an entry")),
                        1 => (tag(State::Warning, "1 entry with a warning")),
                        marked => (tag(State::Warning, &format!("{marked} entries with a warning"))),
                    }
                }
                @if let Some(message) = &reviewed.message {
                    p {
                        @let found = counted(message);
                        a href=(view.link(&format!("/received/{}", message.number))) {
                            @if found.is_empty() { "The message keeps every rule" }
                            @else { "Found in the message: " (found) }
                        }
                    }
                    p.hush { "Answered " (answered(message)) ", when it arrived." }
                }
                p.hush {
                    "Codes: check digits, and the meanings that Update Record names. No terminology and no list of \
                     products is at hand here."
                }
            }
        },
    )
}
