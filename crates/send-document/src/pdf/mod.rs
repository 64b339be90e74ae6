//! The consultation report as a PDF: the layout of GP Connect Messaging 1.3 on US Letter pages,
//! tagged for screen readers (PDF/UA-1), the same bytes for the same input.

mod canvas;
mod composer;
mod fonts;
mod format;
mod geometry;
mod head;
mod notes;
mod pages;
mod patient_block;
mod tags;
mod text;

use jiff::Timestamp;

use crate::{Consultation, Ruleset, SendDocumentError};

/// What a report is made of.
pub(crate) struct Report<'a> {
    pub consultation: &'a Consultation,
    pub version: u32,
    pub now: Timestamp,
    pub ruleset: Ruleset,
}

/// Sets, breaks into pages and draws the report.
pub(crate) fn render(report: &Report<'_>) -> Result<Vec<u8>, SendDocumentError> {
    let mut typesetter = text::Typesetter::new()?;
    let heads = head::Heads::new(report, &mut typesetter);
    let notes = notes::Notes::new(report, &mut typesetter);
    let pages = pages::break_into_pages(&heads, &notes)?;
    canvas::draw(report, &heads, &notes, &pages, &mut typesetter)
}
