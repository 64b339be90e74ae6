//! The source of a message with its findings at their values.

use maud::{Markup, html};
use message_check::Found;
use pages::components::foreign_text;
use pages::work::{State, segments, tag};
use send_document::Severity;

use crate::sandbox::reading::Itk3;
use source_view::{FINDINGS, Places, Shown, as_sent, laid_out, tree};

use super::message::Looked;

/// A text that is no message of ITK3 is shown so far.
const MOST_TEXT: usize = 64 * 1024;

pub(super) fn view(looked: &Looked<'_>) -> Markup {
    let Some(content) = &looked.opened.content else {
        return html! {
            p.sheet-in.small { "There is no source to show: a report has none, and of an unfinished or very large \
                message none is read." }
        };
    };
    match &looked.opened.itk3 {
        Some(itk3) => of_itk3(looked, itk3, &content.bytes),
        None => html! { div.sheet-in.stack { (plain(&content.bytes)) } },
    }
}

/// A content that is not FHIR: its text, or that it is none.
pub(super) fn plain(bytes: &[u8]) -> Markup {
    let beginning = bytes.get(..MOST_TEXT).unwrap_or(bytes);
    let text = String::from_utf8_lossy(beginning);
    let is_text = !beginning.contains(&0);
    html! {
        @if is_text { pre.code.wraps tabindex="0" { (pages::components::visible(&text)) } }
        @else { p.small { "The content is no text. Download it to look into it." } }
        @if bytes.len() > MOST_TEXT { p.hush.tiny { "The beginning of " (bytes.len()) " bytes." } }
    }
}

fn of_itk3(looked: &Looked<'_>, itk3: &Itk3, bytes: &[u8]) -> Markup {
    let findings = &itk3.checked.findings;
    let chosen = looked
        .wanted
        .finding
        .map(|number| number.saturating_sub(1))
        .or((!findings.is_empty()).then_some(0))
        .filter(|place| *place < findings.len());
    let layouts = [
        ("laid-out", "Laid out"),
        ("as-sent", "As sent"),
        ("tree", "Tree"),
    ];
    let root = itk3.document.as_ref().map(|document| &document.root);
    let layout = match (looked.wanted.layout.as_str(), root) {
        (_, None) | ("as-sent", _) => 1,
        ("tree", _) => 2,
        _ => 0,
    };
    let further = chosen.map_or(String::new(), |place| format!("&finding={}", place + 1));
    let links = layouts.map(|(name, words)| {
        (
            words.to_owned(),
            looked.address("source", &format!("&layout={name}{further}")),
        )
    });
    let name = layouts.get(layout).map_or("laid-out", |(name, _)| name);
    let from = looked.wanted.from;
    let places = match root {
        Some(root) => Places::of(root, findings),
        None => Places::unread(findings),
    };
    let body = match root {
        Some(root) if layout != 1 => match layout {
            2 => html! {
                div.sheet-in.tree-box tabindex="0" { (tree(root, &places, findings)) }
            },
            _ => lines(
                looked,
                name,
                &further,
                &laid_out(root, &places, findings, chosen, from),
            ),
        },
        _ => lines(
            looked,
            name,
            &further,
            &as_sent(bytes, &places, findings, chosen, from),
        ),
    };
    let beside = chosen.and_then(|place| Some((place, findings.get(place)?)));
    html! {
        div.source {
            div {
                div.sheet-in.row.tiny {
                    (segments("Layout of the source", &links, layout))
                    (steps(looked, name, chosen, findings.len()))
                    @if let Some(position) = chosen.and_then(|place| places.positions().get(place).copied()?) {
                        span.hush.push { "as sent: line " (position.line) ", column " (position.column) }
                    }
                }
                (body)
            }
            aside.margin aria-label="Finding" {
                @match beside {
                    Some((_, found)) => (margin(looked, itk3, found)),
                    None => p { "No rule is broken." }
                }
            }
        }
    }
}

fn lines(looked: &Looked<'_>, layout: &str, further: &str, shown: &Shown) -> Markup {
    let part =
        |from: usize| looked.address("source", &format!("&layout={layout}{further}&from={from}"));
    let before = (shown.first > 1).then(|| part(shown.first.saturating_sub(200).max(1)));
    let behind = (shown.last < shown.all).then(|| part(shown.last + 1));
    html! {
        @if let Some(address) = before { p.sheet-in.tiny { a href=(address) { "Lines before" } } }
        ol.source-text tabindex="0"
            aria-label={ "Source of the message, lines " (shown.first) " to " (shown.last) " of " (shown.all) } {
            (shown.lines)
        }
        @if let Some(address) = behind {
            p.sheet-in.tiny { a href=(address) { "Lines behind" } " of " (shown.all) }
        }
    }
}

/// From one finding to the next.
fn steps(looked: &Looked<'_>, layout: &str, chosen: Option<usize>, all: usize) -> Markup {
    let Some(place) = chosen else {
        return html! {};
    };
    let all = all.min(FINDINGS);
    let address = |place: usize| {
        let number = place + 1;
        looked.address(
            "source",
            &format!("&layout={layout}&finding={number}#finding-{number}"),
        )
    };
    html! {
        a href=(address(place)) { "Finding " (place + 1) " of " (all) }
        @if place > 0 { a href=(address(place - 1)) { "previous" } }
        @if place + 1 < all { a href=(address(place + 1)) data-next-finding { "next" } }
    }
}

fn margin(looked: &Looked<'_>, itk3: &Itk3, found: &Found) -> Markup {
    let code = itk3.checked.code;
    html! {
        div {
            p { (severity(found)) " " b { (found.id) } }
            p { (found.what) }
        }
        @if !found.remedy.is_empty() { div { h3 { "What to do" } p { (found.remedy) } } }
        @if let Some(requirement) = found.requirement {
            div { h3 { "What the rule says" } p { (requirement) } }
        }
        @if let Some(code) = code.filter(|code| !code.is_positive()) {
            div {
                h3 { "What a practice answers" }
                p { b { (code.code()) } " " (code.display()) ". Nothing follows it." }
            }
        }
        p.files { a href=(looked.address("findings", "")) { "All findings" } }
        p.tiny.hush { code { (foreign_text(&found.path)) } }
    }
}

pub(super) fn severity(found: &Found) -> Markup {
    match found.severity {
        Severity::Error => tag(State::Bad, "Error"),
        Severity::Warning => tag(State::Warning, "Warning"),
    }
}
