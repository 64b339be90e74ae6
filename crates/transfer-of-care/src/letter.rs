//! A letter as a person reads it: every section with its heading, its narrative and its coded entries.

use std::fmt;

use fhir::{Bundle, Document, Element};
use itk3::{Event, Message, PayloadError};

use crate::codes::{self, CodedEntry, short};
use crate::heading::Heading;
use crate::narrative::{ELEMENTS, Narrative};

/// Sections that are read; letters have 34 headings to choose from.
pub(crate) const SECTIONS: usize = 200;
/// Entries of a letter that are looked at for codes.
const ENTRIES: usize = 2_000;

/// A letter as it was received; what is wrong with it, [`crate::check()`] says.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Which of the four it says it is; none for another event.
    pub event: Option<Event>,
    /// Composition.title, 255 characters at most.
    pub title: String,
    /// Its sections in their order, sub-sections behind the section they are in; two hundred at most.
    pub sections: Vec<Section>,
}

/// A section of a letter.
#[derive(Clone, PartialEq, Eq)]
pub struct Section {
    /// The title it has, 255 characters at most; the heading's where it has none.
    pub title: String,
    /// Its first code.
    pub code: Option<String>,
    /// The heading of its code, where it is a known one.
    pub heading: Option<&'static Heading>,
    /// Its text; empty where it has none. The narratives of a letter keep 20,000 elements, then text only.
    pub narrative: Narrative,
    /// Its coded entries, the members of its lists among them; 2,000 in a letter.
    pub entries: Vec<CodedEntry>,
}

/// Reads a letter, tolerantly.
///
/// # Errors
/// [`PayloadError::Unreadable`] when there is no message header, no document or no composition in it.
pub fn read_letter(message: &Document) -> Result<Letter, PayloadError> {
    let missing = PayloadError::Unreadable;
    let message =
        Message::of(&message.root).ok_or(missing("a Bundle that begins with a MessageHeader"))?;
    let is_bundle = |resource: &&Element| resource.name() == "Bundle";
    let document = message
        .payload()
        .filter(is_bundle)
        .or_else(|| message.bundle().resources().find(is_bundle))
        .and_then(Bundle::of)
        .ok_or(missing("a document bundle"))?;
    let composition = document
        .resources()
        .find(|resource| resource.name() == "Composition")
        .ok_or(missing("a Composition"))?;
    let (mut elements, mut entries) = (ELEMENTS, ENTRIES);
    let read = |section| read_section(section, &document, &mut elements, &mut entries);
    Ok(Letter {
        event: message.event().and_then(Event::parse),
        title: composition.value_at("title").map(short).unwrap_or_default(),
        sections: sections(composition).take(SECTIONS).map(read).collect(),
    })
}

fn read_section(
    section: &Element,
    document: &Bundle<'_>,
    elements: &mut usize,
    entries: &mut usize,
) -> Section {
    let code = code(section).map(short);
    let heading = code.as_deref().and_then(Heading::of_code);
    let title = section.value_at("title").map(short);
    let title = title.filter(|title| !title.is_empty());
    let div = section.at("text.div").and_then(Element::xhtml);
    Section {
        title: title.unwrap_or_else(|| heading.map_or("", |it| it.title).to_owned()),
        code,
        heading,
        narrative: div.map_or_else(Narrative::default, |it| Narrative::within(it, elements)),
        entries: codes::of_section(section, document, entries),
    }
}

/// The code of a section's heading: of SNOMED CT, else the first.
pub(crate) fn code(section: &Element) -> Option<&str> {
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

const SNOMED: &str = "http://snomed.info/sct";

/// The sections of a composition in their order, those inside others behind them.
pub(crate) fn sections(composition: &Element) -> impl Iterator<Item = &Element> {
    let mut waiting: Vec<&Element> = of(composition);
    std::iter::from_fn(move || {
        let section = waiting.pop()?;
        waiting.extend(of(section));
        Some(section)
    })
}

/// The sections of one holder, the last first.
fn of(holder: &Element) -> Vec<&Element> {
    let mut sections: Vec<_> = holder.all("section").collect();
    sections.reverse();
    sections
}

/// Letters hold patient data: `Debug` tells their size.
impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("event", &self.event)
            .field("sections", &self.sections.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Section")
            .field("heading", &self.heading.map(|heading| heading.title))
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}
