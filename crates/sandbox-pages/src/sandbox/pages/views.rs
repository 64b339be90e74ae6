//! Views of a message beside its source: control data, headers, findings, answers, journey.

use itk3::{Class, ResponseCode};
use jiff::Timestamp;
use journey::{Event, Step};
use maud::{Markup, html};
use pages::components::{elapsed, foreign_text};
use pages::work::{State, WorkTable, note, tag};

use crate::sandbox::look::LookKind;
use crate::sandbox::request::Asked;
use crate::sandbox::words::{clock_time, exact_time};
use source_view::FINDINGS;

use super::message::Looked;
use super::source_view::severity;

/// What a client writes beside the message, with what the check says of it.
pub(super) fn control(looked: &Looked<'_>) -> Markup {
    let control = &looked.opened.control;
    let flag = |flag: Option<bool>| flag.map(|set| if set { "Y" } else { "N" }.to_owned());
    let rows = [
        ("From_DTS", control.from_dts.clone(), "from"),
        ("To_DTS", control.to_dts.clone(), "to"),
        ("WorkflowId", control.workflow_id.clone(), "workflow"),
        ("Subject", control.subject.clone(), "subject"),
        ("LocalId", control.local_id.clone(), "local_id"),
        ("DTSId", control.dts_id.clone(), ""),
        ("PartnerId", control.partner_id.clone(), ""),
        ("DataChecksum", control.data_checksum.clone(), ""),
        ("Encrypted", flag(control.encrypted), ""),
        ("IsCompressed", flag(control.is_compressed), ""),
    ];
    let findings = looked
        .opened
        .itk3
        .as_ref()
        .map(|itk3| &itk3.checked.findings);
    let of = |name: &str| {
        let path = format!("transport.{name}");
        let mut all = findings.into_iter().flatten();
        all.find(|found| !name.is_empty() && found.path == path)
    };
    let columns = ["Element", "Value", "Agrees with the message"];
    let mut table = WorkTable::new("Control data", &columns);
    for (element, value, name) in rows {
        let Some(value) = value else { continue };
        table.row(vec![
            html! { code { (element) } },
            html! { (foreign_text(value)) },
            match of(name) {
                Some(found) => html! { (severity(found)) " " b { (found.id) } " " (found.what) },
                None => html! {},
            },
        ]);
    }
    html! {
        div.sheet-in.stack {
            p.small.hush { "As the control file beside the message says it." }
            (table.show())
        }
    }
}

/// The headers of the request that sent it.
pub(super) fn headers(looked: &Looked<'_>) -> Markup {
    match &looked.opened.sent {
        Some(asked) => html! {
            div.sheet-in.stack {
                p.small { (request_line(asked)) }
                (header_table("Headers of the request", &asked.headers))
                h3 { "Answered" }
                (answer(asked))
            }
        },
        None => html! {
            p.sheet-in.small { "The request that sent it was not heard: it was sent from this page, was made by the \
                exchange, or came before the sandbox was started." }
        },
    }
}

/// Who asked, with what, and how long the answer took.
pub(super) fn request_line(asked: &Asked) -> Markup {
    html! {
        b { (foreign_text(&asked.peer)) } " "
        span.hush {
            (foreign_text(asked.header("user-agent").unwrap_or("no user agent"))) " · " (exact_time(asked.at))
            " · answered after " (asked.took.as_millis()) " ms"
        }
    }
}

pub(super) fn header_table(caption: &str, headers: &[(String, String)]) -> Markup {
    let columns = ["Header", "Value"];
    let mut table = WorkTable::new(caption, &columns);
    for (name, value) in headers {
        table.row(vec![
            html! { code { (name) } },
            html! { (foreign_text(value)) },
        ]);
    }
    table.show()
}

/// What the client was told.
pub(super) fn answer(asked: &Asked) -> Markup {
    html! {
        pre.code.wraps tabindex="0" {
            span.k { "HTTP/1.1" } " " (asked.status) " " (asked.status_word) "\n"
            @for (name, value) in &asked.answer_headers {
                span.c { (name) ": " (pages::components::visible(value)) "\n" }
            }
            "\n" (pages::components::visible(&asked.answer))
        }
    }
}

/// Every rule that is broken; each leads to its line.
pub(super) fn findings(looked: &Looked<'_>) -> Markup {
    let Some(itk3) = &looked.opened.itk3 else {
        return html! { p.sheet-in.small { "It is no message of ITK3: no rule is checked." } };
    };
    let findings = &itk3.checked.findings;
    let columns = ["Rule", "What", "Where"];
    let mut table = WorkTable::new("Findings", &columns);
    for (place, found) in findings.iter().enumerate().take(FINDINGS) {
        let number = place + 1;
        let address = looked.address("source", &format!("&finding={number}#finding-{number}"));
        table.row(vec![
            html! { (severity(found)) " " a href=(address) { (found.id) } },
            html! {
                (found.what)
                @if !found.remedy.is_empty() { div.hush { (found.remedy) } }
                @if let Some(excerpt) = &found.excerpt { div { code { (foreign_text(excerpt)) } } }
            },
            html! {
                code.tiny { (foreign_text(&found.path)) }
                @if let Some(position) = found.position {
                    div.hush.tiny { "line " (position.line) ", column " (position.column) }
                }
            },
        ]);
    }
    html! {
        div.sheet-in.stack {
            p.small { "Checked by the rules of " (itk3.checked.rules) "." }
            @if findings.is_empty() { p.small { "No rule is broken." } } @else { (table.show()) }
            @if findings.len() > FINDINGS { p.small { "And " (findings.len() - FINDINGS) " more." } }
        }
    }
}

/// What answers it, in order, and the form that answers.
pub(super) fn answers(looked: &Looked<'_>) -> Markup {
    let sent = looked.opened.envelope.message.sent_at;
    html! {
        div.sheet-in.stack {
            div #answers data-live {
                @if let Some(row) = looked.row {
                    @if let Some(to) = &row.answers_to {
                        p.small { "It answers " a href={ "/messages/" (to) } { "message " (to) } "." }
                    }
                    @if row.answers.is_empty() { p.small { "Nothing has answered it yet." } }
                    ol.stack {
                        @for answer in &row.answers {
                            li.note.(class(answer.is_report, &answer.code)) {
                                a href={ "/messages/" (answer.id) } { b { (foreign_text(&answer.code)) } }
                                " " (foreign_text(&answer.display)) " "
                                span.hush {
                                    (elapsed(answer.at.duration_since(sent))) " after it was sent, "
                                    (clock_time(answer.at))
                                    @if answer.is_report { ", a report of the exchange" }
                                }
                            }
                        }
                    }
                }
            }
            (reply_form(looked))
        }
    }
}

fn class(is_report: bool, code: &str) -> &'static str {
    let positive = ResponseCode::parse(code).is_some_and(ResponseCode::is_positive);
    if positive && !is_report {
        "note-ok"
    } else {
        "note-bad"
    }
}

fn reply_form(looked: &Looked<'_>) -> Markup {
    let is_answered = looked
        .opened
        .itk3
        .as_ref()
        .is_some_and(|itk3| itk3.acknowledgement.is_none());
    if !is_answered {
        return html! { p.small #answer { "Only a message of ITK3 is answered with a code; an acknowledgement never is." } };
    }
    let address = format!("/messages/{}/reply{}", looked.id(), looked.filter.query());
    let group = |class: Class| {
        let mut codes = ResponseCode::ALL.to_vec();
        codes.retain(|code| code.class() == class);
        codes
    };
    let suggested = looked
        .opened
        .itk3
        .as_ref()
        .and_then(|itk3| itk3.checked.code);
    html! {
        h3 #answer { "Answer it" }
        (looked.sandbox.site().form(&address, html! {
            div.row {
                label.field for="code" { "Code" }
                select.input #code name="code" {
                    @for (class, words) in [(Class::Infrastructure, "Infrastructure"), (Class::Business, "Business")] {
                        optgroup label=(words) {
                            @for code in group(class) {
                                option value=(code.code()) selected[Some(code) == suggested] {
                                    (code.code()) " " (code.display())
                                }
                            }
                        }
                    }
                }
                button.btn.btn-main type="submit" { "Answer" }
            }
        }))
        p.small.hush { "The acknowledgement goes into the sender’s inbox, on the workflow with _ACK behind it, as a \
            receiver would send it." }
    }
}

/// What happened to it, with the time since the step before.
pub(super) fn journey(looked: &Looked<'_>) -> Markup {
    let id = &looked.opened.envelope.message.id;
    let steps = looked.sandbox.recorder().steps(id);
    let columns = ["Step", "When", "Later by", "More"];
    let mut table = WorkTable::new("Journey", &columns);
    let mut before: Option<Timestamp> = None;
    for step in &steps {
        let later = before.map(|before| elapsed(step.at.duration_since(before)));
        before = Some(step.at);
        table.row(vec![
            html! { (words(step)) },
            html! { (exact_time(step.at)) },
            html! { (later.unwrap_or_default()) },
            html! {
                @for (name, value) in step.event.details() { (name) " " (foreign_text(value)) " " }
            },
        ]);
    }
    html! {
        div.sheet-in.stack #journey data-live {
            @if steps.is_empty() {
                (note(State::Quiet, html! { "Its steps were not heard: it is from before the sandbox was started." }))
            } @else { (table.show()) }
            @if looked.row.and_then(|row| row.look.as_deref()).is_some_and(|look| look.kind == LookKind::Document) {
                p.small.hush { "What the receiving system did with it shows up as its answers." }
            }
        }
    }
}

fn words(step: &Step) -> Markup {
    let words = match &step.event {
        Event::Accepted { .. } => "Accepted: 202 was answered",
        Event::Routed { .. } => "The patient’s practice is known",
        Event::RoutingDelayed { .. } => "Nobody could say where the patient is registered",
        Event::Delivered { .. } => "In the inbox",
        Event::Downloaded { .. } => "Downloaded",
        Event::Acknowledged { .. } => "Acknowledged: out of the inbox",
        Event::Reported { .. } => "Failed, and reported",
        Event::Expired { .. } => "Expired",
        other => other.name(),
    };
    match step.event {
        Event::Reported { .. } | Event::Expired { .. } => {
            html! { (tag(State::Bad, "Failed")) " " (words) }
        }
        _ => html! { (words) },
    }
}
