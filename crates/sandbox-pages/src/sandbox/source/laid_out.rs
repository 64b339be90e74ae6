//! A message with an element on each line, whatever its own line breaks are.

use fhir::Element;
use maud::{Markup, html};
use message_check::Found;

use super::{Places, Shown, class, cut, window};

/// One line: an element with what is on it.
#[derive(Clone, Copy)]
enum Line<'a> {
    /// An element without others in it.
    Whole(&'a Element),
    Begins(&'a Element),
    Ends(&'a Element),
}

/// The lines from one on, or around a finding by its number from 0.
pub(crate) fn laid_out(
    root: &Element,
    places: &Places,
    findings: &[Found],
    finding: Option<usize>,
    from: Option<usize>,
) -> Shown {
    let mut lines = Vec::new();
    lay_out(root, 0, &mut lines);
    let begins = |line: &Line<'_>| match line {
        Line::Whole(element) | Line::Begins(element) => places.at(element),
        Line::Ends(_) => None,
    };
    let of_finding = finding.and_then(|number| {
        let mut numbers = lines.iter().map(|(line, _)| begins(line));
        numbers.position(|found| found == Some(number))
    });
    let (first, end) = window(from, of_finding, lines.len());
    let shown = lines.get(first..end).unwrap_or_default();
    let drawn = html! {
        @for (place, (line, depth)) in shown.iter().enumerate() {
            @let number = begins(line);
            @let found = number.and_then(|number| findings.get(number));
            li class=[found.map(class)] id=[number.map(|number| format!("finding-{}", number + 1))] {
                span.n { (first + place + 1) }
                code { (" ".repeat(2 * depth)) (draw(*line, found.is_some())) }
            }
        }
    };
    Shown {
        lines: drawn,
        first: first + 1,
        last: end,
        all: lines.len(),
    }
}

/// Deeper than the reader allows is never reached: it refuses more than 64 levels.
fn lay_out<'a>(element: &'a Element, depth: usize, lines: &mut Vec<(Line<'a>, usize)>) {
    if element.children().is_empty() {
        lines.push((Line::Whole(element), depth));
        return;
    }
    lines.push((Line::Begins(element), depth));
    for child in element.children() {
        lay_out(child, depth + 1, lines);
    }
    lines.push((Line::Ends(element), depth));
}

fn draw(line: Line<'_>, marked: bool) -> Markup {
    match line {
        Line::Ends(element) => html! { span.t { "</" (element.name()) ">" } },
        Line::Begins(element) => html! { (tag(element, marked)) span.t { ">" } },
        Line::Whole(element) => match element.xhtml() {
            Some(xhtml) => html! { (value(&cut(xhtml), marked)) },
            None => html! { (tag(element, marked)) span.t { "/>" } },
        },
    }
}

fn tag(element: &Element, marked: bool) -> Markup {
    let attributes = [
        ("id", element.id()),
        ("url", element.url()),
        ("value", element.value()),
    ];
    let has_value = element.value().is_some();
    html! {
        @if marked && !has_value { mark { "<" (element.name()) } }
        @else { span.t { "<" (element.name()) } }
        @for (name, text) in attributes {
            @if let Some(text) = text {
                " " span.a { (name) "=" } (value(&cut(text), marked && name == "value"))
            }
        }
    }
}

fn value(text: &str, marked: bool) -> Markup {
    let text = pages::components::visible(text);
    html! {
        @if marked { "\"" mark { (text) } "\"" }
        @else { span.s { "\"" (text) "\"" } }
    }
}
