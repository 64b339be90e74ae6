//! A narrative as plain text: a block a line, a row a line with its cells divided by ` | `.

use super::{Element, Narrative, Piece, Tag};

/// Between the cells of a row.
const CELL: &str = " | ";

impl Narrative {
    /// Its words in lines; runs of white space are one blank but where it was written as it stands.
    pub fn plain_text(&self) -> String {
        let mut writer = Writer::default();
        writer.pieces(&self.pieces, false);
        writer.out.truncate(writer.out.trim_end().len());
        writer.out
    }
}

#[derive(Default)]
struct Writer {
    out: String,
    /// What comes before the next word.
    gap: Gap,
    /// The row that is written has a cell already.
    has_cell: bool,
}

#[derive(Clone, Copy, PartialEq, Default)]
enum Gap {
    #[default]
    Nothing,
    Blank,
    Line,
}

impl Writer {
    fn pieces(&mut self, pieces: &[Piece], as_written: bool) {
        for piece in pieces {
            match piece {
                Piece::Text(text) if as_written => {
                    self.close_gap();
                    self.out.push_str(text);
                }
                Piece::Text(text) => self.words(text),
                Piece::Element(element) => self.element(element, as_written),
            }
        }
    }

    fn words(&mut self, text: &str) {
        for character in text.chars() {
            if !character.is_whitespace() {
                self.close_gap();
                self.out.push(character);
            } else if self.gap == Gap::Nothing {
                self.gap = Gap::Blank;
            }
        }
    }

    fn close_gap(&mut self) {
        let is_at_start = self.out.is_empty() || self.out.ends_with('\n');
        match self.gap {
            Gap::Line if !is_at_start => self.out.push('\n'),
            Gap::Blank if !is_at_start && !self.out.ends_with(CELL) => self.out.push(' '),
            _ => {}
        }
        self.gap = Gap::Nothing;
    }

    fn element(&mut self, element: &Element, as_written: bool) {
        match element.tag {
            Tag::Br => self.gap = Gap::Line,
            Tag::Tr => self.row(element, as_written),
            Tag::Td | Tag::Th => {
                if self.has_cell {
                    self.out.push_str(CELL);
                    self.gap = Gap::Nothing;
                }
                self.has_cell = true;
                self.pieces(&element.within, as_written);
            }
            tag if tag.is_inline() => self.pieces(&element.within, as_written),
            tag => {
                if !self.out.ends_with(CELL) {
                    self.gap = Gap::Line;
                }
                self.pieces(&element.within, as_written || tag == Tag::Pre);
                self.gap = Gap::Line;
            }
        }
    }

    fn row(&mut self, row: &Element, as_written: bool) {
        self.gap = Gap::Line;
        self.close_gap();
        let around = std::mem::replace(&mut self.has_cell, false);
        self.pieces(&row.within, as_written);
        self.has_cell = around;
        self.gap = Gap::Line;
    }
}
