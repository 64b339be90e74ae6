//! States, failures, mailboxes, times and sizes as the pages show them.

use exchange::{Envelope, Failure, Kind, MessageState, Party};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use pages::components::{elapsed, visually_hidden};
use pages::work::{self, State};

use crate::console::View;

/// How a message stands, as a tag.
pub(crate) fn standing(envelope: &Envelope) -> Markup {
    let (state, words) = match (envelope.message.state, &envelope.recipient) {
        // it tells of a failure: that it was taken is no good news
        (MessageState::Acknowledged, _) if envelope.message.kind == Kind::Report => {
            (State::Quiet, "Report, taken")
        }
        (MessageState::Accepted, _) if envelope.message.kind == Kind::Report => {
            (State::Warning, "Report, in the inbox")
        }
        (MessageState::Uploading, _) => (State::Going, "Uploading"),
        (MessageState::Accepted, None) => (State::Going, "Being routed"),
        (MessageState::Accepted, _) => (State::Warning, "In the inbox"),
        (MessageState::Acknowledged, _) => (State::Good, "Acknowledged"),
        (MessageState::Undeliverable, _) => (State::Bad, "Undeliverable"),
        (MessageState::Error, _) => (State::Bad, "Failed"),
    };
    work::tag(state, words)
}

/// A moment of a day, to the millisecond, as people in England read it.
pub(crate) fn clock(at: Timestamp) -> String {
    in_london(at, "%-d %b %Y, %H:%M:%S%.3f")
}

/// How long something took, to the millisecond where that says something: below a minute.
pub(crate) fn millis(duration: SignedDuration) -> String {
    let whole = duration.as_millis().max(0);
    match whole {
        0..1_000 => format!("{whole} ms"),
        1_000..60_000 => format!("{},{:03} ms", whole / 1_000, whole % 1_000),
        _ => elapsed(duration),
    }
}

/// A mailbox with its name in one line, as a link to its page.
pub(crate) fn party_line(view: &View, party: Option<&Party>) -> Markup {
    html! {
        @match party {
            Some(party) => {
                a href=(view.link(&format!("/mailboxes/{}", party.mailbox))) { (party.mailbox) }
                @if !party.name.is_empty() { " " (party.name) }
            }
            None => "not known"
        }
    }
}

/// A code in words, where it is a known one.
pub(crate) fn failure(failure: &Failure) -> String {
    if failure.description.is_empty() {
        failure.code.clone()
    } else {
        format!("{}: {}", failure.code, failure.description)
    }
}

/// A message as a link to its journey.
pub(crate) fn message_link(view: &View, id: &str) -> Markup {
    html! { a."nhsuk-link pages-code" href=(view.link(&format!("/messages/{id}"))) { (breakable(id)) } }
}

/// An id or workflow that may go on in a new line behind each part.
pub(crate) fn breakable(id: &str) -> Markup {
    html! {
        span.pages-parts {
            @for (index, part) in id.split('_').enumerate() {
                @if index > 0 { "_" wbr; }
                (part)
            }
        }
    }
}

/// Nothing to show.
pub(crate) fn none() -> Markup {
    html! { span aria-hidden="true" { "–" } (visually_hidden("none")) }
}

/// How long ago, with the moment for machines.
pub(crate) fn ago(at: Option<Timestamp>, now: Timestamp) -> Markup {
    match at {
        Some(at) => {
            let since = now.duration_since(at).max(SignedDuration::ZERO);
            let words = match since.as_secs() {
                0..2 => "just now".to_owned(),
                _ => format!("{} ago", elapsed(since)),
            };
            html! { time datetime=(at) { (words) } }
        }
        None => none(),
    }
}

/// How long something has waited; marked where that is too long.
pub(crate) fn age(since: Option<Timestamp>, now: Timestamp, too_long: bool) -> Markup {
    let Some(since) = since else {
        return none();
    };
    let words = elapsed(now.duration_since(since).max(SignedDuration::ZERO));
    html! { time datetime=(since) class=[too_long.then_some("age-old")] { (words) } }
}

/// How long until something is done.
pub(crate) fn until(at: Timestamp, now: Timestamp) -> Markup {
    let left = at.duration_since(now);
    let words = if left <= SignedDuration::ZERO {
        "now".to_owned()
    } else {
        format!("in {}", elapsed(left))
    };
    html! { time datetime=(at) { (words) } }
}

/// `27 Nov 2026, 14:42:09`, in UK time.
pub(crate) fn second(at: Timestamp) -> String {
    in_london(at, "%-d %b %Y, %H:%M:%S")
}

/// `27 Nov 2026`, in UK time.
pub(crate) fn day(at: Timestamp) -> String {
    in_london(at, "%-d %b %Y")
}

pub(crate) fn in_london(at: Timestamp, form: &str) -> String {
    at.to_zoned(nhs::uk_time_zone()).strftime(form).to_string()
}

/// Bytes in the unit people read.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", bytes.div_ceil(1_000_000)),
        _ => format!("{} GB", bytes.div_ceil(1_000_000_000)),
    }
}
