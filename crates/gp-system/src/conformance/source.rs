//! From the path of a finding to the place in the source.

use fhir::{Element, Position};

/// Characters of a line that are shown: those before the place, and those from it on.
const BEFORE: usize = 20;
const BEHIND: usize = 120;

/// A message as it was sent, and as it was read.
pub(super) struct Source<'a> {
    lines: Vec<&'a str>,
    root: &'a Element,
}

impl<'a> Source<'a> {
    pub(super) fn of(bytes: &'a [u8], root: &'a Element) -> Self {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        Self {
            lines: text.lines().collect(),
            root,
        }
    }

    /// The element at a path such as `Bundle.entry[2].resource.Patient.name[0].use`, or the
    /// nearest above it that is there. None when the path is no path into this message.
    pub(super) fn find(&self, path: &str) -> Option<&'a Element> {
        let mut steps = path.split('.');
        if steps.next()? != self.root.name() {
            return None;
        }
        let mut place = self.root;
        for step in steps {
            let (name, index) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
                Some((name, index)) => (name, index.parse().unwrap_or(usize::MAX)),
                None => (step, 0),
            };
            match place
                .children()
                .iter()
                .filter(|child| child.name() == name)
                .nth(index)
            {
                Some(child) => place = child,
                None => break,
            }
        }
        Some(place)
    }

    /// The source at a place: the part of the line around it, or, where lines are not known, the
    /// element itself in its XML form.
    pub(super) fn excerpt(
        &self,
        position: Option<Position>,
        place: Option<&Element>,
    ) -> Option<String> {
        match (position, place) {
            (Some(position), _) => self.line(position),
            (None, Some(element)) => Some(alone(element)),
            (None, None) => None,
        }
    }

    fn line(&self, position: Position) -> Option<String> {
        let line = usize::try_from(position.line).ok()?.checked_sub(1)?;
        let column = usize::try_from(position.column).ok()?.checked_sub(1)?;
        let from = column.saturating_sub(BEFORE);
        let mut shown = self.lines.get(line)?.chars().skip(from);
        let text: String = shown.by_ref().take(column - from + BEHIND).collect();
        let before = if from > 0 { "…" } else { "" };
        let behind = if shown.next().is_some() { "…" } else { "" };
        Some(format!("{before}{}{behind}", text.trim_end()))
    }
}

/// An element without what is in it.
fn alone(element: &Element) -> String {
    let name = element.name();
    match element.value() {
        Some(value) => {
            let mut letters = value.chars();
            let start: String = letters.by_ref().take(BEHIND).collect();
            let behind = if letters.next().is_some() { "…" } else { "" };
            format!("<{name} value=\"{start}{behind}\"/>")
        }
        None => format!("<{name}>…</{name}>"),
    }
}
