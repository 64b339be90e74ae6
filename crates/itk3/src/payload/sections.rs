//! The sections of a composition: their titles, codes, texts and coded entries.

use fhir::narrative::{ELEMENTS, Narrative};
use fhir::{Bundle, Element};

use super::coded::{self, CodedEntries};
use super::received::ReceivedSection;

/// Sections that are read.
pub const SECTIONS: usize = 200;
/// Entries of a document that are looked at for codes.
const ENTRIES: usize = 2_000;

const SNOMED: &str = "http://snomed.info/sct";

/// The sections of a composition in their order, those inside others behind them; all there are.
pub fn sections(composition: &Element) -> impl Iterator<Item = &Element> {
    let mut waiting: Vec<&Element> = within(composition);
    std::iter::from_fn(move || {
        let section = waiting.pop()?;
        waiting.extend(within(section));
        Some(section)
    })
}

/// The sections of one holder, the last first.
fn within(holder: &Element) -> Vec<&Element> {
    let mut sections: Vec<_> = holder.all("section").collect();
    sections.reverse();
    sections
}

/// The code of a section's heading: of SNOMED CT, else the first.
pub fn section_code(section: &Element) -> Option<&str> {
    let codings = section
        .at("code")
        .into_iter()
        .flat_map(|it| it.all("coding"));
    let is_snomed = |coding: &&Element| coding.value_at("system") == Some(SNOMED);
    let snomed = codings.clone().find(is_snomed);
    let code = snomed
        .or_else(|| codings.clone().next())?
        .value_at("code")?;
    Some(code.trim()).filter(|code| !code.is_empty())
}

/// Reads [`SECTIONS`] at most, with their narratives and coded entries as far as their bounds go; those
/// that have neither are left out, for there are attachments alone in them.
pub(super) fn read(composition: &Element, document: &Bundle<'_>) -> Vec<ReceivedSection> {
    let mut elements = ELEMENTS;
    let mut entries = CodedEntries::of(document, ENTRIES);
    let read = |section: &Element| {
        let div = section.at("text.div").and_then(Element::xhtml);
        let title = section.value_at("title").map(coded::short);
        ReceivedSection {
            title: title.unwrap_or_default(),
            code: section_code(section).map(coded::short),
            narrative: div.map_or_else(Narrative::default, |it| {
                Narrative::within(it, &mut elements)
            }),
            entries: entries.of_section(section),
        }
    };
    sections(composition)
        .take(SECTIONS)
        .map(read)
        .filter(|section| !section.is_empty())
        .collect()
}
