//! From the path of a finding to the place in the source. However many findings there are and however
//! long the lines, each is found by look-up: a hostile message would otherwise make many walks of it.

use std::cell::RefCell;
use std::collections::HashMap;

use fhir::{Element, Position};

/// Characters of a line that are shown: those before the place, and those from it on.
const BEFORE: usize = 20;
const BEHIND: usize = 120;

/// Characters between two marks of the index.
const STRIDE: usize = 256;

/// The children of an element by their names.
type ByName<'a> = HashMap<&'a str, Vec<&'a Element>>;

/// A message as it was sent, and as it was read.
pub(crate) struct Source<'a> {
    text: &'a str,
    /// Where each line begins, in bytes and in characters.
    lines: Vec<(usize, usize)>,
    /// Where each [`STRIDE`]th character is, in bytes.
    marks: Vec<usize>,
    root: &'a Element,
    children: RefCell<HashMap<*const Element, ByName<'a>>>,
}

impl<'a> Source<'a> {
    pub(crate) fn of(bytes: &'a [u8], root: &'a Element) -> Self {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        // As the reader counts.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (mut lines, mut marks) = (vec![(0, 0)], Vec::new());
        for (number, (offset, character)) in text.char_indices().enumerate() {
            if number.is_multiple_of(STRIDE) {
                marks.push(offset);
            }
            if character == '\n' {
                lines.push((offset + 1, number + 1));
            }
        }
        Self {
            text,
            lines,
            marks,
            root,
            children: RefCell::default(),
        }
    }

    /// The element at a path such as `Bundle.entry[2].resource.Patient.name[0].use`, or the
    /// nearest above it that is there. None when the path is no path into this message.
    pub(crate) fn find(&self, path: &str) -> Option<&'a Element> {
        let mut steps = path.split('.');
        if steps.next()? != self.root.name() {
            return None;
        }
        let mut children = self.children.borrow_mut();
        let mut place = self.root;
        for step in steps {
            let (name, index) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
                Some((name, index)) => (name, index.parse().unwrap_or(usize::MAX)),
                None => (step, 0),
            };
            let by_name = children
                .entry(std::ptr::from_ref(place))
                .or_insert_with(|| by_name(place));
            match by_name.get(name).and_then(|named| named.get(index)) {
                Some(child) => place = child,
                None => break,
            }
        }
        Some(place)
    }

    /// The source at a place: the part of the line around it, or, where lines are not known, the
    /// element itself in its XML form.
    pub(crate) fn excerpt(
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
        let (begins, first) = *self.lines.get(line)?;
        let from = column.saturating_sub(BEFORE);
        let offset = self.offset(first + from)?.max(begins);
        let rest = self.text.get(offset..)?;
        let mut shown = rest.chars().take_while(|character| *character != '\n');
        let text: String = shown.by_ref().take(column - from + BEHIND).collect();
        let before = if from > 0 { "…" } else { "" };
        let behind = if shown.next().is_some_and(|next| next != '\r') {
            "…"
        } else {
            ""
        };
        Some(format!("{before}{}{behind}", text.trim_end()))
    }

    /// The byte offset of a character, counted from the beginning; that of the end for those behind it.
    fn offset(&self, character: usize) -> Option<usize> {
        let Some(mark) = self.marks.get(character / STRIDE) else {
            return Some(self.text.len());
        };
        let mut rest = self.text.get(*mark..)?.char_indices();
        let within = rest
            .nth(character % STRIDE)
            .map(|(offset, _)| mark + offset);
        Some(within.unwrap_or(self.text.len()))
    }
}

fn by_name(element: &Element) -> ByName<'_> {
    let mut by_name = ByName::new();
    for child in element.children() {
        by_name.entry(child.name()).or_default().push(child);
    }
    by_name
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

#[cfg(test)]
mod tests {
    use super::*;
    use fhir::Limits;
    use proptest::prelude::*;

    proptest! {
        /// The index gives what counting characters line by line gives.
        #[test]
        fn excerpts_are_those_of_the_line(
            lines in proptest::collection::vec("[a-zé€ ]{0,700}", 1..6), line in 1u32..7, column in 1u32..800
        ) {
            let text = lines.join("\n");
            let root = Element::new("Patient");
            let source = Source::of(text.as_bytes(), &root);
            let found = source.line(Position { line, column });
            let expected = lines.get(line as usize - 1).map(|whole| {
                let column = column as usize - 1;
                let from = column.saturating_sub(BEFORE);
                let mut rest = whole.chars().skip(from);
                let shown: String = rest.by_ref().take(column - from + BEHIND).collect();
                let before = if from > 0 { "…" } else { "" };
                let behind = if rest.next().is_some() { "…" } else { "" };
                format!("{before}{}{behind}", shown.trim_end())
            });
            if (column as usize) <= lines.get(line as usize - 1).map_or(0, |whole| whole.chars().count()) {
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn elements_are_found_by_their_place_among_those_of_their_name() {
        let text = "<Patient xmlns=\"http://hl7.org/fhir\"><name/><active value=\"a\"/><name>\
                    <given value=\"b\"/><given value=\"c\"/></name></Patient>";
        let root = fhir::xml::read(text.as_bytes(), &Limits::default())
            .unwrap()
            .root;
        let source = Source::of(text.as_bytes(), &root);
        let value = |path: &str| source.find(path).and_then(Element::value);
        assert_eq!(value("Patient.name[1].given[1]"), Some("c"));
        assert_eq!(value("Patient.active"), Some("a"));
        assert_eq!(
            source.find("Patient.name[2].given").map(Element::name),
            Some("Patient")
        );
        assert!(source.find("Bundle.name").is_none());
    }
}
