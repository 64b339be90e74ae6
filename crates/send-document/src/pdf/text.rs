//! Shaping and wrapping of one piece of text in one face and size.

use std::borrow::Cow;
use std::collections::HashMap;

use krilla::text::{GlyphId, KrillaGlyph};
use parley::{
    FontContext, FontFamily, FontFamilyName, LayoutContext, LineHeight, OverflowWrap, StyleProperty,
};
use unicode_normalization::UnicodeNormalization;

use super::fonts::{self, Coverage, FAMILY, Face, Fonts};
use crate::SendDocumentError;

/// Text that has been broken into lines.
pub(super) struct Block {
    pub text: String,
    pub face: Face,
    pub size: f32,
    pub line_height: f32,
    pub lines: Vec<Line>,
}

/// One line: its glyphs, run by run, each with its distance from the line's left edge.
pub(super) struct Line {
    pub runs: Vec<(f32, Vec<KrillaGlyph>)>,
    /// From the top of the line.
    pub baseline: f32,
    pub width: f32,
}

impl Block {
    pub(super) fn height(&self) -> f32 {
        // Line counts are far below what f32 holds exactly.
        self.lines.iter().map(|_| self.line_height).sum()
    }
}

/// Liberation Sans above and below the baseline, as shares of the text size.
const ASCENT: f32 = 0.905;
const DESCENT: f32 = 0.212;

pub(super) struct Typesetter {
    pub fonts: Fonts,
    context: FontContext,
    layouts: LayoutContext<()>,
    coverage: Coverage,
    known: HashMap<char, bool>,
}

impl Typesetter {
    pub(super) fn new() -> Result<Self, SendDocumentError> {
        let mut context = fonts::context();
        let coverage = Coverage::of(&mut context);
        Ok(Self {
            fonts: Fonts::load()?,
            context,
            layouts: LayoutContext::new(),
            coverage,
            known: HashMap::new(),
        })
    }

    /// Sets text on lines of at most `width` points; words that do not fit are broken.
    pub(super) fn set(
        &mut self,
        text: &str,
        face: Face,
        size: f32,
        line_height: f32,
        width: Option<f32>,
    ) -> Block {
        let text = self.printable(text);
        let mut builder = self
            .layouts
            .ranged_builder(&mut self.context, &text, 1.0, false);
        let family = FontFamily::Single(FontFamilyName::Named(Cow::Borrowed(FAMILY)));
        builder.push_default(StyleProperty::FontFamily(family));
        builder.push_default(StyleProperty::FontSize(size));
        builder.push_default(StyleProperty::FontWeight(face.weight()));
        builder.push_default(StyleProperty::FontStyle(face.style()));
        builder.push_default(StyleProperty::LineHeight(LineHeight::Absolute(line_height)));
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
        let mut layout = builder.build(&text);
        layout.break_all_lines(width);
        let lines = layout
            .lines()
            .map(|line| set_line(&line, size, line_height))
            .collect();
        Block {
            text,
            face,
            size,
            line_height,
            lines,
        }
    }

    /// What the embedded fonts can show of a text: composed characters; a tab as four spaces; a
    /// character they lack as its code point in brackets, so that the reader sees that something
    /// stood there; invisible formatting characters dropped.
    fn printable(&mut self, text: &str) -> String {
        let mut printable = String::with_capacity(text.len());
        for c in text.nfc() {
            match c {
                '\t' => printable.push_str("    "),
                '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' => {}
                '\u{AD}' | '\u{FEFF}' | '\u{FE00}'..='\u{FE0F}' => {}
                c if c.is_control() => {}
                c if self.can_show(c) => printable.push(c),
                c => printable.push_str(&format!("[U+{:04X}]", u32::from(c))),
            }
        }
        printable
    }

    fn can_show(&mut self, c: char) -> bool {
        c == ' ' || *self.known.entry(c).or_insert_with(|| self.coverage.has(c))
    }
}

fn set_line(line: &parley::Line<'_, ()>, size: f32, line_height: f32) -> Line {
    let metrics = line.metrics();
    // The same leading above and below, whatever the position of the line in its paragraph.
    let (ascent, descent) = (ASCENT * size, DESCENT * size);
    let baseline = (line_height - ascent - descent) / 2.0 + ascent;
    let mut runs = Vec::new();
    let mut x = 0.0;
    for run in line.runs() {
        let start = x;
        let mut glyphs: Vec<KrillaGlyph> = Vec::new();
        for cluster in run.visual_clusters() {
            if cluster.is_ligature_continuation() {
                if let Some(glyph) = glyphs.last_mut() {
                    // in text that runs from right to left the continuation stands before it
                    let (range, more) = (&mut glyph.text_range, cluster.text_range());
                    range.start = range.start.min(more.start);
                    range.end = range.end.max(more.end);
                }
                continue;
            }
            for glyph in cluster.glyphs() {
                glyphs.push(KrillaGlyph::new(
                    GlyphId::new(glyph.id),
                    glyph.advance / size,
                    glyph.x / size,
                    glyph.y / size,
                    0.0,
                    cluster.text_range(),
                    None,
                ));
                x += glyph.advance;
            }
        }
        runs.push((start, glyphs));
    }
    Line {
        runs,
        baseline,
        width: metrics.advance - metrics.trailing_whitespace,
    }
}
