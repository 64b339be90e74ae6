//! Placing the parts of a page's head from the top of its frame downwards.

use krilla::color::rgb::Color;

use super::Report;
use super::fonts::Face;
use super::geometry as g;
use super::head::{Align, Area, Group, Head, Placed};
use super::tags::Role;
use super::text::Typesetter;

/// Places things from the top of the frame downwards.
pub(super) struct Composer<'t> {
    typesetter: &'t mut Typesetter,
    pub y: f32,
    pub head: Head,
}

/// Line height of the fields.
const LINE: f32 = 12.0;
/// Labels wider than this are wrapped.
const LABEL_WIDTH: f32 = 96.0;
/// From the middle of a line to its baseline, as a share of the text size (Liberation Sans).
const MIDDLE_TO_BASELINE: f32 = 0.35;

impl<'t> Composer<'t> {
    pub(super) fn new(typesetter: &'t mut Typesetter, frame: (f32, f32)) -> Self {
        let head = Head {
            areas: vec![],
            groups: vec![],
            frame,
            page_number_y: frame.0,
            bottom: frame.0,
        };
        Self {
            typesetter,
            y: frame.0,
            head,
        }
    }

    pub(super) fn title_band(&mut self) {
        let middle = (g::FRAME_LEFT + g::FRAME_RIGHT) / 2.0;
        let top = self.band(42.0, g::nhs_blue());
        let product = [
            (
                "NHS",
                Face::BoldItalic,
                g::LOGO_SIZE,
                62.0,
                Align::Left,
                6.0,
            ),
            (
                "GP Connect",
                Face::BoldItalic,
                g::PRODUCT_SIZE,
                549.0,
                Align::Right,
                10.0,
            ),
        ];
        for (text, face, size, x, align, down) in product {
            self.white(text, face, size, (x, align, top + down), Role::Paragraph);
        }
        let place = (middle, Align::Centre, top + 10.0);
        self.white(
            "CONSULTATION REPORT",
            Face::Bold,
            g::TITLE_SIZE,
            place,
            Role::Title,
        );
        let (subtitle, place) = (
            "- Confidential: personal data -",
            (middle, Align::Centre, top + 26.0),
        );
        self.white(
            subtitle,
            Face::Bold,
            g::SUBTITLE_SIZE,
            place,
            Role::Paragraph,
        );
    }

    pub(super) fn version_band(&mut self, report: &Report<'_>) {
        let top = self.band(20.0, g::light_blue()) + 5.5;
        self.head.page_number_y = top;
        let version = format!("Version {}", report.version);
        let (face, size, role) = (Face::Regular, g::SMALL_SIZE, Role::Paragraph);
        self.white(&version, face, size, (67.7, Align::Left, top), role.clone());
        let confidential = report.consultation.confidential;
        let related = if confidential {
            0
        } else {
            report.consultation.attachments.len()
        };
        let related = format!("Number of related documents: {related}");
        let middle = (g::FRAME_LEFT + g::FRAME_RIGHT) / 2.0;
        self.white(&related, face, size, (middle, Align::Centre, top), role);
    }

    pub(super) fn notes_band(&mut self) {
        let top = self.band(17.0, g::nhs_blue()) + 2.0;
        let (face, size) = (Face::Bold, g::BAND_SIZE);
        self.white(
            "CLINICAL NOTES",
            face,
            size,
            (56.5, Align::Left, top),
            Role::Heading,
        );
        self.head.bottom = self.y + 8.0;
    }

    /// A band over the whole width; answers its top and moves below it.
    fn band(&mut self, height: f32, colour: Color) -> f32 {
        let (x, y) = (g::FRAME_LEFT, self.y);
        let width = g::FRAME_RIGHT - g::FRAME_LEFT;
        self.head.areas.push(Area {
            x,
            y,
            width,
            height,
            colour,
        });
        self.y += height;
        y
    }

    pub(super) fn rule(&mut self) {
        self.band(0.75, g::black());
    }

    fn white(
        &mut self,
        text: &str,
        face: Face,
        size: f32,
        (x, align, y): (f32, Align, f32),
        role: Role,
    ) {
        let block = self.typesetter.set(text, face, size, size * 1.2, None);
        let placed = Placed {
            block,
            x,
            y,
            align,
            colour: g::white(),
        };
        self.head.groups.push(Group {
            role,
            texts: vec![placed],
        });
    }

    pub(super) fn text(&mut self, text: &str, role: Role) {
        let block = self
            .typesetter
            .set(text, Face::Bold, g::FIELD_SIZE, LINE, None);
        let placed = Placed {
            block,
            x: 55.2,
            y: self.y,
            align: Align::Left,
            colour: g::black(),
        };
        self.head.groups.push(Group {
            role,
            texts: vec![placed],
        });
        self.y += 15.0;
    }

    /// A field on a row of its own.
    pub(super) fn row(&mut self, label: &str, value: &str, column: g::Column, end: f32) {
        self.y += self.field(label, value, column, 0.0, end);
    }

    /// A label and its value `down` points below the current row's top; answers their height.
    pub(super) fn field(
        &mut self,
        label: &str,
        value: &str,
        column: g::Column,
        down: f32,
        end: f32,
    ) -> f32 {
        self.sized_field(label, (value, g::FIELD_SIZE), column, down, end)
    }

    /// The same with a size for the value (GPCM-SD-139: the patient's name is larger).
    pub(super) fn sized_field(
        &mut self,
        label: &str,
        (value, size): (&str, f32),
        column: g::Column,
        down: f32,
        end: f32,
    ) -> f32 {
        let line = LINE.max(size * 1.2);
        let width = Some(end - column.value);
        let value = self.typesetter.set(value, Face::Bold, size, line, width);
        let label =
            self.typesetter
                .set(label, Face::Italic, g::FIELD_SIZE, LINE, Some(LABEL_WIDTH));
        let height = value.height().max(label.height());
        let y = self.y + down;
        let same_baseline = (line - LINE) / 2.0 + (size - g::FIELD_SIZE) * MIDDLE_TO_BASELINE;
        let texts = vec![
            Placed {
                block: label,
                x: column.label,
                y: y + same_baseline,
                align: Align::Right,
                colour: g::black(),
            },
            Placed {
                block: value,
                x: column.value,
                y,
                align: Align::Left,
                colour: g::black(),
            },
        ];
        self.head.groups.push(Group {
            role: Role::Paragraph,
            texts,
        });
        height + 2.0
    }
}
