//! What stands above the clinical notes: bands, patient and organisation on page 1, a shorter form
//! of it on every later page.

use krilla::color::rgb::Color;

use super::composer::Composer;
use super::geometry as g;
use super::tags::Role;
use super::text::{Block, Typesetter};
use super::{Report, format, patient_block};

/// A filled rectangle.
pub(super) struct Area {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
    pub colour: Color,
}

/// Where a block's `x` is: at its left edge, its middle or its right edge.
#[derive(Clone, Copy)]
pub(super) enum Align {
    Left,
    Centre,
    Right,
}

pub(super) struct Placed {
    pub block: Block,
    pub x: f32,
    pub y: f32,
    pub align: Align,
    pub colour: Color,
}

/// Texts that form one element of the document's structure.
pub(super) struct Group {
    pub role: Role,
    pub texts: Vec<Placed>,
}

pub(super) struct Head {
    pub areas: Vec<Area>,
    pub groups: Vec<Group>,
    /// Top and bottom of the frame.
    pub frame: (f32, f32),
    /// Where "Page x of y" stands in the light band.
    pub page_number_y: f32,
    /// Where the notes begin.
    pub bottom: f32,
}

/// The head of page 1 and that of every later page.
pub(super) struct Heads {
    pub first: Head,
    pub later: Head,
}

impl Heads {
    pub(super) fn new(report: &Report<'_>, typesetter: &mut Typesetter) -> Self {
        Self {
            first: first(report, typesetter),
            later: later(report, typesetter),
        }
    }
}

fn first(report: &Report<'_>, typesetter: &mut Typesetter) -> Head {
    let mut composer = Composer::new(typesetter, g::FIRST_FRAME);
    composer.title_band();
    composer.version_band(report);
    composer.y += 9.0;
    patient_block::compose(&mut composer, report, g::TITLE_SIZE, "Mobile No:");
    composer.y += 8.0;
    composer.rule();
    composer.y += 7.0;
    organisation(&mut composer, report);
    composer.y += 6.0;
    composer.notes_band();
    composer.head
}

fn later(report: &Report<'_>, typesetter: &mut Typesetter) -> Head {
    let mut composer = Composer::new(typesetter, g::LATER_FRAME);
    composer.version_band(report);
    composer.y += 6.0;
    patient_block::compose(&mut composer, report, g::LATER_NAME_SIZE, "Mobile:");
    composer.y += 8.0;
    composer.notes_band();
    composer.head
}

/// GPCM-SD-102: a confidential report says when, and to whom it goes, but not who and where.
fn organisation(composer: &mut Composer<'_>, report: &Report<'_>) {
    let consultation = report.consultation;
    let (practice, practitioner) = (&consultation.practice, &consultation.practitioner);
    if !consultation.confidential {
        composer.text("Consulting Organisation", Role::Heading);
        let clinician = format!("{}, {}", practitioner.full_name(), practitioner.role);
        let mut heights = composer.field("Clinician:", &clinician, g::COLUMN_1, 0.0, 330.0);
        let phone = format::phone(&practice.phone);
        let mut side = composer.field("Tel No:", &phone, g::COLUMN_2, 0.0, g::VALUES_END);
        if let Some(email) = &practice.email {
            side += composer.field("Email:", email, g::COLUMN_2, side, g::VALUES_END);
        }
        heights = heights.max(side);
        composer.y += heights;
        if let Some(branch) = &practice.branch {
            composer.row("Branch Location:", branch, g::COLUMN_1, g::VALUES_END);
        }
        let organisation = format!("{}, {}", practice.name, practice.address.one_line());
        composer.row("Organisation:", &organisation, g::COLUMN_1, g::VALUES_END);
        composer.y += 14.0;
    }
    let date = format::date_time(consultation.encounter.date);
    let left = composer.field("Consultation Date:", &date, g::COLUMN_1, 0.0, 260.0);
    let practice = &consultation.receiving_practice;
    let right = composer.field(
        "Receiving GP Practice:",
        practice,
        g::COLUMN_2,
        0.0,
        g::VALUES_END,
    );
    composer.y += left.max(right);
}
