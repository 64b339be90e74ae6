//! A message with an element on each line, whatever its own line breaks are.

use std::collections::HashMap;

use fhir::Element;
use maud::{Markup, html};
use message_check::Found;

use crate::{LINES, Places, Shown, class, cut, window};

/// One line: an element with what is on it.
#[derive(Clone, Copy)]
enum Line<'a> {
    /// An element without others in it.
    Whole(&'a Element),
    Begins(&'a Element),
    Ends(&'a Element),
}

impl Line<'_> {
    /// The first finding about the element that is on this line or begins here.
    fn finding(&self, places: &Places) -> Option<usize> {
        match self {
            Self::Whole(element) | Self::Begins(element) => places.at(element),
            Self::Ends(_) => None,
        }
    }
}

/// The lines from one on, or around a finding by its number from 0.
pub fn laid_out(
    root: &Element,
    places: &Places,
    findings: &[Found],
    finding: Option<usize>,
    from: Option<usize>,
) -> Shown {
    let whole = LaidOut::of(root, places, findings);
    let of_finding = finding.and_then(|number| whole.line_of(number));
    let (first, end) = window(from, of_finding, whole.lines.len(), LINES);
    Shown {
        lines: whole.draw(first, end, true),
        first: first + 1,
        last: end,
        all: whole.lines.len(),
    }
}

/// Every line of a message. Walked once, however many parts of it are drawn.
pub(crate) struct LaidOut<'a> {
    lines: Vec<(Line<'a>, usize)>,
    places: &'a Places,
    findings: &'a [Found],
    /// The line of the first finding about each element that has one.
    by_first: HashMap<usize, usize>,
}

impl<'a> LaidOut<'a> {
    pub(crate) fn of(root: &'a Element, places: &'a Places, findings: &'a [Found]) -> Self {
        let mut lines = Vec::new();
        lay_out(root, 0, &mut lines);
        let firsts = lines.iter().enumerate();
        let by_first = firsts
            .filter_map(|(place, (line, _))| Some((line.finding(places)?, place)))
            .collect();
        Self {
            lines,
            places,
            findings,
            by_first,
        }
    }

    /// The line, from 0, that a finding is about.
    fn line_of(&self, number: usize) -> Option<usize> {
        let first = self.places.first(number)?;
        self.by_first.get(&first).copied()
    }

    /// A few lines around a finding.
    pub(crate) fn around(&self, number: usize, most: usize) -> Option<Markup> {
        let line = self.line_of(number)?;
        let (first, end) = window(None, Some(line), self.lines.len(), most);
        Some(self.draw(first, end, false))
    }

    /// The lines of a part, with or without ids by which a link leads to a finding.
    fn draw(&self, first: usize, end: usize, ids: bool) -> Markup {
        let shown = self.lines.get(first..end).unwrap_or_default();
        html! {
            @for (place, (line, depth)) in shown.iter().enumerate() {
                @let number = line.finding(self.places);
                @let found = number.and_then(|number| self.findings.get(number));
                @let id = number.filter(|_| ids).map(|number| format!("finding-{}", number + 1));
                li class=[found.map(class)] id=[id] {
                    span.n { (first + place + 1) }
                    code { (" ".repeat(2 * depth)) (draw(*line, found.is_some())) }
                }
            }
        }
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
