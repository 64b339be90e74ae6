//! Beside a journey: the messages that belong to it, the record, and what may name a patient.

use exchange::{Envelope, Kind, MessageState};
use maud::{Markup, html};
use pages::components::{elapsed, secondary_button, time};
use pages::work::{State, facts, tag};

use super::whole::{Part, Role, Whole};
use crate::console::View;
use crate::labels;
use crate::role::ExchangePermission;

/// What may name a patient, once somebody looked: name and value.
pub(super) type Revealed = Option<Vec<(&'static str, String)>>;

pub(super) fn state_of(role: Role) -> State {
    match role {
        Role::Letter => State::Going,
        Role::Infrastructure => State::Good,
        Role::Business => State::Quiet,
        Role::Report => State::Bad,
    }
}

/// The messages of the journey, and what cannot be known of others.
pub(super) fn belonging(view: &View, whole: &Whole) -> Markup {
    let heading = match whole.parts.len() {
        1 => "This message alone".to_owned(),
        count => format!("{count} messages, one journey"),
    };
    html! {
        section.sheet aria-labelledby="p" {
            div.sheet-head { h2 #p { (heading) } }
            ul."pair small" {
                @for (index, part) in whole.parts.iter().enumerate() { li { (one(view, part, index == whole.asked)) } }
                @if let Some(link) = unknown(view, whole) { li { (link) } }
            }
        }
    }
}

fn one(view: &View, part: &Part, is_asked: bool) -> Markup {
    let message = &part.envelope.message;
    let took = part.steps.first().zip(part.steps.last());
    let state = match part.code {
        Some((_, false)) => State::Bad,
        _ => state_of(part.role),
    };
    html! {
        (tag(state, part.role.name())) " "
        @if is_asked { b.mono { (message.id) } " this one" }
        @else { (labels::message_link(view, message.id.as_str())) }
        br;
        @if let Some((code, positive)) = part.code {
            b { (code) } @if !positive { " · says that something is wrong" }
            @if let Some((first, last)) = took {
                " · " (elapsed(last.at.duration_since(first.at))) " on its way"
            }
        } @else if let Some(failure) = part.envelope.failure() {
            (labels::failure(failure))
        } @else {
            span.hush { (labels::size(message.size)) ", " span.mono { (message.workflow) } }
        }
    }
}

/// An acknowledgement is tied to its message by what is in its body, which the exchange does not read.
fn unknown(view: &View, whole: &Whole) -> Option<Markup> {
    let letter = &whole.letter()?.envelope;
    let is_answered = whole.parts.iter().any(|part| part.code.is_some());
    let workflow = letter.message.workflow.as_str();
    if is_answered || letter.message.kind == Kind::Report || workflow.ends_with("_ACK") {
        return None;
    }
    if letter.message.state != MessageState::Acknowledged {
        return None;
    }
    let recipient = &letter.recipient.as_ref()?.mailbox;
    let from = letter.message.sent_at.as_second();
    let address =
        format!("/messages?workflow={workflow}_ACK&mailbox={recipient}&sent=by&since={from}");
    Some(html! {
        span.hush { "Which acknowledgements answer it is in their bodies, which the exchange does not read. " }
        a href=(view.link(&address)) { "Acknowledgements " (recipient) " sent since" }
    })
}

/// What the record says.
pub(super) fn record(view: &View, envelope: &Envelope) -> Markup {
    let message = &envelope.message;
    let mut rows: Vec<(&str, Markup)> = Vec::new();
    if message.kind == Kind::Data {
        rows.push(("From", labels::party_line(view, envelope.sender.as_ref())));
    }
    rows.push(("To", labels::party_line(view, envelope.recipient.as_ref())));
    if let Some(failure) = envelope.failure() {
        let key = if message.kind == Kind::Report {
            "Reports"
        } else {
            "Reason"
        };
        rows.push((key, html! { (labels::failure(failure)) }));
        if let Some(linked) = failure.linked.as_deref() {
            let key = if message.kind == Kind::Report {
                "Message"
            } else {
                "Report"
            };
            rows.push((key, labels::message_link(view, linked)));
        }
    }
    rows.push(("Size", html! { (labels::size(message.size)) }));
    if message.total_chunks > 1 {
        rows.push(("Chunks", html! { (message.total_chunks) }));
    }
    if message.state == MessageState::Accepted {
        rows.push(("Leaves the inbox uncollected", time(envelope.inbox_expiry)));
    }
    html! {
        section.sheet aria-labelledby="r" {
            div.sheet-head { h2 #r { "Record" } }
            div."sheet-in small" #record data-live { (facts(&rows)) }
        }
    }
}

pub(super) fn patient_data(view: &View, envelope: &Envelope, revealed: Revealed) -> Markup {
    let path = format!("/messages/{}/details", envelope.message.id);
    let heading = match revealed {
        Some(_) => "Patient details",
        None => "Patient details (hidden)",
    };
    html! {
        section.sheet aria-labelledby="h" {
            div.sheet-head { h2 #h { (heading) } }
            div."sheet-in small stack" {
                @match revealed {
                    Some(rows) if rows.is_empty() => p { "The sender gave no subject, file name or local id." },
                    Some(rows) => {
                        (facts(&rows.into_iter().map(|(name, value)| (name, html! { (value) })).collect::<Vec<_>>()))
                        p.hush { "This look was noted in the audit trail." }
                    }
                    None if view.session().may(ExchangePermission::SeePatientData) => {
                        p { "Subject, file name and local id may name a patient. A look at them is noted in the audit trail with your name." }
                        (view.form(&path, secondary_button("Show them")))
                    }
                    None => p { "Subject, file name and local id are hidden from your role." }
                }
            }
        }
    }
}

pub(super) fn revealed(envelope: &Envelope) -> Vec<(&'static str, String)> {
    let given = &envelope.message.details;
    [
        ("Subject", &given.subject),
        ("File name", &given.file_name),
        ("Local id", &given.local_id),
        ("Partner id", &given.partner_id),
    ]
    .into_iter()
    .filter_map(|(name, value)| {
        let text = String::from_utf8_lossy(value.as_deref()?).into_owned();
        Some((name, text))
    })
    .collect()
}
