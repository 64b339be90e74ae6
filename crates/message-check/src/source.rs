//! The source of a message around a finding. However many findings there are and however long the lines,
//! each is found by look-up: a hostile message would otherwise make many walks of it.

use fhir::{Element, Position};

use crate::paths::Paths;

/// Characters of a line that are shown: those before the place, and those from it on.
const BEFORE: usize = 20;
const BEHIND: usize = 120;

/// Characters between two marks of the index.
const STRIDE: usize = 256;

/// A message as it was sent, and as it was read.
pub(crate) struct Source<'a> {
    text: &'a str,
    /// Where each line begins, in bytes and in characters.
    lines: Vec<(usize, usize)>,
    /// Where each [`STRIDE`]th character is, in bytes.
    marks: Vec<usize>,
    paths: Paths<'a>,
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
            paths: Paths::of(root),
        }
    }

    /// The element at a path, as [`Paths::find`] finds it.
    pub(crate) fn find(&self, path: &str) -> Option<&'a Element> {
        self.paths.find(path)
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
}
