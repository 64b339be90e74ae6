//! Measures and colours of the 1.3 template, in points from the top left of a US Letter page.

use krilla::color::rgb::Color;

pub(super) const PAGE: (f32, f32) = (612.0, 792.0);
pub(super) const FRAME_LEFT: f32 = 48.0;
pub(super) const FRAME_RIGHT: f32 = 562.0;
/// Top and bottom of the frame on page 1 and on every later page.
pub(super) const FIRST_FRAME: (f32, f32) = (17.0, 735.0);
pub(super) const LATER_FRAME: (f32, f32) = (33.0, 752.0);
/// What the footer takes at the foot of the frame.
pub(super) const FOOTER: f32 = 24.0;

/// Right edge of the labels and left edge of the values, in three pairs of columns.
pub(super) const COLUMN_1: Column = Column {
    label: 140.0,
    value: 145.25,
};
pub(super) const COLUMN_2: Column = Column {
    label: 370.0,
    value: 375.25,
};
pub(super) const COLUMN_3: Column = Column {
    label: 491.5,
    value: 497.0,
};
/// Where a value of the last column must end.
pub(super) const VALUES_END: f32 = 559.0;

#[derive(Clone, Copy)]
pub(super) struct Column {
    pub label: f32,
    pub value: f32,
}

/// The two columns of the clinical notes: titles, then text.
pub(super) const TITLES: (f32, f32) = (57.0, 182.0);
pub(super) const TEXTS: (f32, f32) = (190.0, 554.0);
/// Height of a line of the notes.
pub(super) const NOTE_LINE: f32 = 12.0;

/// Text sizes.
pub(super) const TITLE_SIZE: f32 = 13.0;
pub(super) const PRODUCT_SIZE: f32 = 12.0;
pub(super) const BAND_SIZE: f32 = 11.0;
pub(super) const FIELD_SIZE: f32 = 9.1;
pub(super) const SUBTITLE_SIZE: f32 = 8.4;
pub(super) const SMALL_SIZE: f32 = 7.4;
pub(super) const LATER_NAME_SIZE: f32 = 14.6;
pub(super) const LOGO_SIZE: f32 = 25.0;

pub(super) fn nhs_blue() -> Color {
    Color::new(0x00, 0x5E, 0xB8)
}

pub(super) fn light_blue() -> Color {
    Color::new(0x41, 0xB6, 0xE6)
}

pub(super) fn footer_grey() -> Color {
    Color::new(0x42, 0x55, 0x63)
}

pub(super) fn white() -> Color {
    Color::white()
}

pub(super) fn black() -> Color {
    Color::black()
}
