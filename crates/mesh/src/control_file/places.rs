//! Where the elements of a control file begin.

use std::fmt;

/// A place in a text: line and column, in characters from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

impl From<roxmltree::TextPos> for Place {
    fn from(at: roxmltree::TextPos) -> Self {
        Self {
            line: at.row,
            column: at.col,
        }
    }
}

/// Where the first element of each name begins; empty for a control file that was not read from a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(Vec<(String, Place)>);

impl Places {
    /// The place of an element, whose name is taken in any case.
    pub fn of(&self, element: &str) -> Option<Place> {
        self.0
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(element))
            .map(|(_, place)| *place)
    }

    pub(super) fn note(&mut self, element: &str, place: Place) {
        self.0.push((element.to_owned(), place));
    }
}
