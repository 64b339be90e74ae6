//! Drawing the pages and their tags.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use krilla::color::rgb::Color;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag, TagGroup};
use krilla::{Document, SerializeSettings};

use super::Report;
use super::fonts::{Face, Fonts};
use super::geometry as g;
use super::head::{Align, Group, Head, Heads, Placed};
use super::notes::Notes;
use super::pages::Row;
use super::tags::{self, SectionTags};
use super::text::{Block, Line, Typesetter};
use crate::SendDocumentError;

/// Draws every page and answers the PDF's bytes.
pub(super) fn draw(
    report: &Report<'_>,
    heads: &Heads,
    notes: &Notes,
    pages: &[Vec<Row>],
    typesetter: &mut Typesetter,
) -> Result<Vec<u8>, SendDocumentError> {
    let mut document = Document::new_with(settings()?);
    let mut head_tags = Vec::new();
    let mut note_tags: Vec<SectionTags> = notes
        .sections
        .iter()
        .map(|_| SectionTags::default())
        .collect();
    for (number, rows) in pages.iter().enumerate() {
        let label = format!("Page {} of {}", number + 1, pages.len());
        let label = typesetter.set(&label, Face::Regular, g::SMALL_SIZE, 9.0, None);
        let footer = "Confidential: personal data";
        let footer = typesetter.set(footer, Face::Regular, g::SMALL_SIZE, 9.0, None);
        let size = PageSettings::from_wh(g::PAGE.0, g::PAGE.1);
        let mut page = document.start_page_with(size.ok_or_else(|| failed("page size"))?);
        let mut pen = Pen {
            surface: page.surface(),
            fonts: &typesetter.fonts,
        };
        let head = if number == 0 {
            &heads.first
        } else {
            &heads.later
        };
        pen.background(head);
        if number == 0 {
            head_tags = head
                .groups
                .iter()
                .map(|group| pen.tagged_group(group))
                .collect();
        } else {
            pen.artifact(ArtifactType::Header, |pen| {
                head.groups
                    .iter()
                    .flat_map(|group| &group.texts)
                    .for_each(|t| pen.placed(t));
            });
        }
        pen.rows(notes, rows, &mut note_tags);
        pen.page_number_and_footer(head, &label, &footer);
        pen.surface.finish();
    }
    document.set_metadata(metadata(report));
    document.set_outline(outline(heads, notes, pages));
    let names = notes.sections.iter().map(|section| section.name.clone());
    document.set_tag_tree(tags::tree(head_tags, names.zip(note_tags).collect()));
    document.finish().map_err(|error| failed(kind(&error)))
}

/// Which kind of failure the library reports; its own text may quote the document's.
fn kind(error: &krilla::error::KrillaError) -> &'static str {
    match error {
        krilla::error::KrillaError::Font(..) => "a font cannot be embedded",
        krilla::error::KrillaError::Validation(_) => "the document would not be PDF/UA-1",
        _ => "the document cannot be written",
    }
}

fn failed(what: &str) -> SendDocumentError {
    SendDocumentError::Pdf(what.to_owned())
}

fn settings() -> Result<SerializeSettings, SendDocumentError> {
    let configuration = ConfigurationBuilder::new()
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|_| failed("PDF/UA-1 is not available"))?;
    Ok(SerializeSettings {
        configuration,
        ..SerializeSettings::default()
    })
}

/// Title and dates; nothing about the patient.
fn metadata(report: &Report<'_>) -> Metadata {
    Metadata::new()
        .title(format!("Consultation report, version {}", report.version))
        .language("en-GB".to_owned())
        .creator("Restante".to_owned())
        .creation_date(date(report.now))
}

fn date(moment: Timestamp) -> DateTime {
    let utc = moment.to_zoned(TimeZone::UTC);
    let part = |value: i8| u8::try_from(value).unwrap_or_default();
    DateTime::new(u16::try_from(utc.year()).unwrap_or_default())
        .month(part(utc.month()))
        .day(part(utc.day()))
        .hour(part(utc.hour()))
        .minute(part(utc.minute()))
        .second(part(utc.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

fn outline(heads: &Heads, notes: &Notes, pages: &[Vec<Row>]) -> Outline {
    let mut outline = Outline::new();
    let mut node = |text: &str, page, y| {
        let place = XyzDestination::new(page, Point::from_xy(g::FRAME_LEFT, y));
        outline.push_child(OutlineNode::new(text.to_owned(), place));
    };
    node("Consultation report", 0, heads.first.frame.0);
    for (number, rows) in pages.iter().enumerate() {
        for row in rows.iter().filter(|row| row.title_line == Some(0)) {
            if let Some(section) = notes.sections.get(row.section) {
                node(&section.name, number, row.y);
            }
        }
    }
    outline
}

struct Pen<'p, 'f> {
    surface: Surface<'p>,
    fonts: &'f Fonts,
}

impl Pen<'_, '_> {
    fn background(&mut self, head: &Head) {
        self.artifact(ArtifactType::Layout, |pen| {
            for area in &head.areas {
                pen.rectangle(area.x, area.y, area.width, area.height, area.colour);
            }
            let (top, bottom) = head.frame;
            let (width, height) = (g::FRAME_RIGHT - g::FRAME_LEFT, bottom - top);
            let line = 0.75;
            pen.rectangle(g::FRAME_LEFT, top, width, line, g::black());
            pen.rectangle(g::FRAME_LEFT, bottom - line, width, line, g::black());
            pen.rectangle(g::FRAME_LEFT, top, line, height, g::black());
            pen.rectangle(g::FRAME_RIGHT - line, top, line, height, g::black());
        });
    }

    fn page_number_and_footer(&mut self, head: &Head, number: &Block, footer: &Block) {
        self.artifact(ArtifactType::Header, |pen| {
            pen.lines(number, 552.0, head.page_number_y, Align::Right, g::white());
        });
        let y = head.frame.1 - 17.0;
        self.artifact(ArtifactType::Footer, |pen| {
            pen.lines(footer, 67.7, y, Align::Left, g::footer_grey());
            pen.lines(number, 552.0, y, Align::Right, g::footer_grey());
        });
    }

    fn rows(&mut self, notes: &Notes, rows: &[Row], tags: &mut [SectionTags]) {
        for row in rows {
            let (Some(section), Some(tags)) =
                (notes.sections.get(row.section), tags.get_mut(row.section))
            else {
                continue;
            };
            if let Some(line) = row.title_line.and_then(|l| section.title.lines.get(l)) {
                let identifier = self.tagged_line(&section.title, line, g::TITLES.0, row.y);
                tags.title.push(identifier);
            }
            let Some((paragraph, line)) = row.text_line else {
                continue;
            };
            let Some(block) = section.paragraphs.get(paragraph) else {
                continue;
            };
            if let Some(line) = block.lines.get(line) {
                let identifier = self.tagged_line(block, line, g::TEXTS.0, row.y);
                tags.paragraphs
                    .resize_with(paragraph.max(tags.paragraphs.len()), Vec::new);
                match tags.paragraphs.get_mut(paragraph) {
                    Some(identifiers) => identifiers.push(identifier),
                    None => tags.paragraphs.push(vec![identifier]),
                }
            }
        }
    }

    fn tagged_line(&mut self, block: &Block, line: &Line, x: f32, y: f32) -> Identifier {
        let identifier = self
            .surface
            .start_tagged(ContentTag::Span(SpanTag::empty()));
        self.line(block, line, x, y, g::black());
        self.surface.end_tagged();
        identifier
    }

    fn tagged_group(&mut self, group: &Group) -> TagGroup {
        let mut identifiers = Vec::new();
        let mut title = String::new();
        for placed in &group.texts {
            title.push_str(&placed.block.text);
            identifiers.push(
                self.surface
                    .start_tagged(ContentTag::Span(SpanTag::empty())),
            );
            self.placed(placed);
            self.surface.end_tagged();
        }
        tags::group(&group.role, &title, identifiers)
    }

    fn artifact(&mut self, kind: ArtifactType, draw: impl FnOnce(&mut Self)) {
        self.surface
            .start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
        draw(self);
        self.surface.end_tagged();
    }

    fn placed(&mut self, text: &Placed) {
        self.lines(&text.block, text.x, text.y, text.align, text.colour);
    }

    fn lines(&mut self, block: &Block, x: f32, y: f32, align: Align, colour: Color) {
        let mut y = y;
        for line in &block.lines {
            let left = match align {
                Align::Left => x,
                Align::Centre => x - line.width / 2.0,
                Align::Right => x - line.width,
            };
            self.line(block, line, left, y, colour);
            y += block.line_height;
        }
    }

    fn line(&mut self, block: &Block, line: &Line, x: f32, y: f32, colour: Color) {
        self.fill(colour);
        for (offset, glyphs) in &line.runs {
            let start = Point::from_xy(x + offset, y + line.baseline);
            let font = self.fonts.get(block.face);
            self.surface
                .draw_glyphs(start, glyphs, font, &block.text, block.size, false);
        }
    }

    fn rectangle(&mut self, x: f32, y: f32, width: f32, height: f32, colour: Color) {
        let mut path = PathBuilder::new();
        if let Some(rect) = Rect::from_xywh(x, y, width, height) {
            path.push_rect(rect);
        }
        if let Some(path) = path.finish() {
            self.fill(colour);
            self.surface.draw_path(&path);
        }
    }

    fn fill(&mut self, colour: Color) {
        self.surface.set_fill(Some(Fill {
            paint: colour.into(),
            opacity: NormalizedF32::ONE,
            rule: Default::default(),
        }));
    }
}
