//! The files of a letter with what the rules find in them, and the heads of the request that a step came of.

use std::sync::Arc;

use maud::{Markup, html};
use pages::work::{self, State};

use super::frame::Frame;
use super::requests::Asked;
use super::stage::Stage;
use super::words;

/// Findings shown before the rest is only counted.
const FINDINGS: usize = 4;
/// Headers of a request that say nothing of MESH.
const LEFT_OUT: [&str; 8] = [
    "host",
    "accept",
    "accept-encoding",
    "user-agent",
    "date",
    "connection",
    "transfer-encoding",
    "vary",
];

/// The files on the left, findings on the right.
pub(crate) fn columns(frame: &Frame<'_>) -> Markup {
    html! {
        div.two {
            div { h3 { "File" } (files(frame)) }
            div { h3 { "Finding" } (findings(frame)) }
        }
    }
}

fn files(frame: &Frame<'_>) -> Markup {
    let Some(kept) = &frame.letter.pair else {
        return html! { p.small.hush { "Not kept here: its sender has it." } };
    };
    let (pair, number) = (&kept.pair, frame.letter.number);
    let address = |part: &str| format!("/journeys/{number}/{part}");
    html! {
        dl.facts {
            dt { "Letter" } dd { a href=(address("letter.dat")) { (short(&pair.name)) ".dat" } ", " (words::bytes(pair.data.len())) }
            dt { "Control" } dd { a href=(address("letter.ctl")) { (short(&pair.name)) ".ctl" } ", " (words::bytes(pair.control.len())) }
            @if let Some(about) = kept.known() {
                dt { "Holds" }
                dd {
                    @if about.attachments.is_empty() { (about.title) }
                    @for (place, (kind, size)) in about.attachments.iter().enumerate() {
                        @if place > 0 { ", " }
                        (kind) " of " (words::bytes(*size))
                    }
                }
            }
        }
    }
}

/// The end of a long name, which tells it apart from others.
fn short(name: &str) -> String {
    let letters = name.chars().count();
    match name.char_indices().nth(letters.saturating_sub(6)) {
        Some((end, _)) if letters > 20 => format!("…{}", name.get(end..).unwrap_or_default()),
        _ => name.to_owned(),
    }
}

fn findings(frame: &Frame<'_>) -> Markup {
    let Some(about) = frame.letter.pair.as_ref().and_then(|kept| kept.known()) else {
        return html! { p.small.hush { "Nothing to look at." } };
    };
    let errors = about
        .findings
        .iter()
        .filter(|finding| finding.is_error)
        .count();
    let warnings = about.findings.len() - errors;
    let more = about.more + about.findings.len().saturating_sub(FINDINGS);
    html! {
        p.small {
            @if errors > 0 { (work::tag(State::Bad, &count(errors, "error"))) " " }
            @if warnings > 0 { (work::tag(State::Warning, &count(warnings, "warning"))) " " }
            @if about.findings.is_empty() { (work::tag(State::Good, "no finding")) " " }
            "by the rules of " (about.rules)
        }
        @for finding in about.findings.iter().take(FINDINGS) {
            p.small { b { (finding.id) } " " (finding.what) }
        }
        @if more > 0 { p.small.hush { "and " (more) " more" } }
    }
}

fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// The heads of request and answer.
pub(crate) fn headers(frame: &Frame<'_>) -> Markup {
    let wanted = match frame.stage {
        Stage::Sent | Stage::Traced | Stage::Found => Stage::Sent,
        Stage::Collected => Stage::Collected,
        _ => return html! {},
    };
    let mut requests = frame.letter.requests.iter();
    match requests.find(|(stage, _)| *stage == wanted) {
        Some((_, asked)) if asked.begun <= frame.at => html! {
            div { h3 { "Headers" } (block(asked)) }
        },
        _ => html! {},
    }
}

fn block(asked: &Arc<Asked>) -> Markup {
    let line = |(name, value): &(String, String)| {
        html! { span.k { (name) ":" } " " (value) "\n" }
    };
    let told = |(name, _): &&(String, String)| !LEFT_OUT.contains(&name.as_str());
    html! {
        pre.code.headers tabindex="0" role="region" aria-label="Headers" {
            span.k { (asked.method) } " " (asked.path) "\n"
            @for header in asked.headers.iter().filter(told) { (line(header)) }
            "\n" span.k { "HTTP" } " " (asked.status) "\n"
            @for header in asked.answer_headers.iter().filter(told) { (line(header)) }
        }
    }
}
