//! A message's bytes as text, line by line as they were sent.

use std::collections::BTreeMap;

use maud::{Markup, html};
use message_check::Found;
use pages::components::visible;

use crate::{LINES, LONGEST_LINE, Places, Shown, class, cut, window};

/// The findings by their lines, from 0: its number and its column, from 0.
type ByLine = BTreeMap<usize, (usize, usize)>;

/// The lines from one on, or around a finding by its number from 0.
pub fn as_sent(
    bytes: &[u8],
    places: &Places,
    findings: &[Found],
    finding: Option<usize>,
    from: Option<usize>,
) -> Shown {
    let text = String::from_utf8_lossy(bytes);
    let text = without_mark(&text);
    let all = text.split('\n').count();
    let by_line = by_line(places, finding);
    let of_finding = finding.and_then(|number| line_of(&by_line, number));
    let (first, end) = window(from, of_finding, all, LINES);
    Shown {
        lines: lines(text, &by_line, findings, (first, end), true),
        first: first + 1,
        last: end,
        all,
    }
}

/// A few lines around a finding.
pub(crate) fn around(
    bytes: &[u8],
    places: &Places,
    findings: &[Found],
    finding: usize,
    most: usize,
) -> Option<Markup> {
    let text = String::from_utf8_lossy(bytes);
    let text = without_mark(&text);
    let by_line = by_line(places, Some(finding));
    let line = line_of(&by_line, finding)?;
    let part = window(None, Some(line), text.split('\n').count(), most);
    Some(lines(text, &by_line, findings, part, false))
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn by_line(places: &Places, finding: Option<usize>) -> ByLine {
    let mut by_line = ByLine::new();
    for (number, position) in places.positions().iter().enumerate() {
        if let Some(position) = position {
            let line = usize::try_from(position.line).unwrap_or(usize::MAX);
            let column = usize::try_from(position.column).unwrap_or(usize::MAX);
            let place = (number, column.saturating_sub(1));
            let at = by_line.entry(line.saturating_sub(1)).or_insert(place);
            // Of several in one line the one asked for is shown: a line may be the whole message.
            if Some(number) == finding {
                *at = place;
            }
        }
    }
    by_line
}

fn line_of(by_line: &ByLine, number: usize) -> Option<usize> {
    let mut places = by_line.iter();
    places.find_map(|(line, (of_line, _))| (*of_line == number).then_some(*line))
}

/// The lines of a part, with or without ids by which a link leads to a finding.
fn lines(
    text: &str,
    by_line: &ByLine,
    findings: &[Found],
    (first, end): (usize, usize),
    ids: bool,
) -> Markup {
    let shown = text.split('\n').enumerate().skip(first).take(end - first);
    html! {
        @for (place, line) in shown {
            @let at = by_line.get(&place);
            @let found = at.and_then(|(number, _)| findings.get(*number));
            @let id = at.filter(|_| ids).map(|(number, _)| format!("finding-{}", number + 1));
            li class=[found.map(class)] id=[id] {
                span.n { (place + 1) }
                code { (draw(line.trim_end_matches('\r'), at.map(|(_, column)| *column))) }
            }
        }
    }
}

/// A line, or the part of a long one around a column; from there to the end of the tag it is marked.
fn draw(line: &str, column: Option<usize>) -> Markup {
    let Some(column) = column else {
        return html! { (visible(&cut(line))) };
    };
    let before = column.saturating_sub(LONGEST_LINE / 2);
    let mut characters = line.chars();
    let left_out = characters.by_ref().take(before).count();
    let start: String = characters.by_ref().take(column - before).collect();
    let mut rest = characters.by_ref().take(LONGEST_LINE);
    let mut marked = String::new();
    for character in rest.by_ref() {
        marked.push(character);
        if character == '>' {
            break;
        }
    }
    let behind: String = rest.collect();
    let more = characters.next().is_some();
    html! {
        @if left_out > 0 { "…" }
        (visible(&start))
        mark { (visible(&marked)) }
        (visible(&behind))
        @if more { "…" }
    }
}
