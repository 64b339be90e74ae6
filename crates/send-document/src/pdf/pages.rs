//! Breaking the notes into pages.

use super::geometry as g;
use super::head::{Head, Heads};
use super::notes::{Notes, Section};
use crate::SendDocumentError;

/// A line of the notes on its page: a line of the title, a line of a paragraph, or both.
pub(super) struct Row {
    pub section: usize,
    pub title_line: Option<usize>,
    /// Paragraph and line.
    pub text_line: Option<(usize, usize)>,
    pub y: f32,
}

/// Between two paragraphs of a section.
const PARAGRAPH_GAP: f32 = 3.0;
/// GPCM-SD-137: a blank line between sections.
const SECTION_GAP: f32 = g::NOTE_LINE;

/// One list of rows for each page; at least one page.
pub(super) fn break_into_pages(
    heads: &Heads,
    notes: &Notes,
) -> Result<Vec<Vec<Row>>, SendDocumentError> {
    // Two lines must fit below the head of a later page, or the notes would never end.
    if room(&heads.later, heads.later.bottom) < 2.0 * g::NOTE_LINE {
        return Err(SendDocumentError::Pdf(
            "the patient's details fill the page".into(),
        ));
    }
    let mut pages = vec![Vec::new()];
    let mut y = heads.first.bottom;
    let mut head = &heads.first;
    for (number, section) in notes.sections.iter().enumerate() {
        let rows = rows(number, section);
        let count = rows.len();
        for (position, (gap, mut row)) in rows.into_iter().enumerate() {
            // A section's title is not left alone at the foot of a page.
            let together = if position == 0 && count > 1 { 2.0 } else { 1.0 };
            if room(head, y + gap) < together * g::NOTE_LINE {
                pages.push(Vec::new());
                head = &heads.later;
                y = head.bottom;
            } else {
                y += gap;
            }
            row.y = y;
            y += g::NOTE_LINE;
            if let Some(page) = pages.last_mut() {
                page.push(row);
            }
        }
        y += SECTION_GAP;
    }
    Ok(pages)
}

fn room(head: &Head, y: f32) -> f32 {
    head.frame.1 - g::FOOTER - y
}

/// The rows of a section with the gap above each.
fn rows(number: usize, section: &Section) -> Vec<(f32, Row)> {
    let mut texts = Vec::new();
    for (p, paragraph) in section.paragraphs.iter().enumerate() {
        for l in 0..paragraph.lines.len() {
            let gap = if p > 0 && l == 0 { PARAGRAPH_GAP } else { 0.0 };
            texts.push((gap, (p, l)));
        }
    }
    let titles = if section.name.is_empty() {
        0
    } else {
        section.title.lines.len()
    };
    (0..titles.max(texts.len()))
        .map(|line| {
            let text = texts.get(line).copied();
            let row = Row {
                section: number,
                title_line: (line < titles).then_some(line),
                text_line: text.map(|(_, place)| place),
                y: 0.0,
            };
            (text.map_or(0.0, |(gap, _)| gap), row)
        })
        .collect()
}
