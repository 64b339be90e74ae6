//! Where things stand in the report and how large they are, read out of its pages' contents.

use crate::common::{consultation, report};
use lopdf::{Document, Object};
use send_document::{Item, Ruleset, Section};

/// A piece of text as one page shows it; `y` grows downwards.
#[derive(Debug)]
struct Piece {
    text: String,
    x: f32,
    y: f32,
    size: f32,
}

/// The pieces of each page of a report whose first page and second both have sections.
fn pages() -> Vec<Vec<Piece>> {
    let mut consultation = consultation();
    for n in 10..60 {
        let items = ["First entry of", "Second entry of"].map(|entry| Item {
            code: None,
            text: Some(format!("{entry} {n}")),
            confidential: false,
        });
        consultation.sections.push(Section {
            title: format!("Title {n}"),
            items: items.to_vec(),
        });
    }
    let document = Document::load_mem(&report(&consultation, Ruleset::V1_3).pdf).unwrap();
    let pages = document.get_pages();
    pages
        .values()
        .map(|page| pieces(&document, *page))
        .collect()
}

fn pieces(document: &Document, page: lopdf::ObjectId) -> Vec<Piece> {
    let fonts = document.get_page_fonts(page).unwrap();
    let number = |operand: &Object| operand.as_float().unwrap();
    let (mut encoding, mut size, mut x, mut y) = (None, 0.0, 0.0, 0.0);
    let mut pieces = Vec::new();
    for operation in document
        .get_and_decode_page_content(page)
        .unwrap()
        .operations
    {
        let operands = &operation.operands;
        match operation.operator.as_str() {
            "Tf" => {
                let font = fonts[operands[0].as_name().unwrap()];
                encoding = Some(font.get_font_encoding(document).unwrap());
                size = number(&operands[1]);
            }
            "Tm" => (x, y) = (number(&operands[4]), number(&operands[5])),
            "TJ" => {
                let encoding = encoding.as_ref().expect("a font was chosen");
                let glyphs = operands[0].as_array().unwrap().iter();
                let text = glyphs
                    .filter_map(|part| part.as_str().ok())
                    .map(|part| Document::decode_text(encoding, part).unwrap())
                    .collect();
                pieces.push(Piece { text, x, y, size });
            }
            _ => {}
        }
    }
    pieces
}

/// Titles and entries of the sections of [`pages`] on one page.
fn sections(page: &[Piece]) -> (Vec<&Piece>, Vec<&Piece>) {
    let starting = |with: &[&str]| {
        let starts = |piece: &&Piece| with.iter().any(|with| piece.text.starts_with(with));
        page.iter().filter(starts).collect::<Vec<_>>()
    };
    let (titles, entries) = (
        starting(&["Title "]),
        starting(&["First entry", "Second entry"]),
    );
    assert!(titles.len() > 2 && entries.len() > 4, "{page:?}");
    (titles, entries)
}

#[test]
fn gpcm_sd_137_a_blank_line_parts_the_sections() {
    for page in &pages()[1..2] {
        let (titles, entries) = sections(page);
        let line = entries
            .windows(2)
            .filter(|pair| pair[0].text.starts_with("First") && pair[1].text.starts_with("Second"))
            .map(|pair| pair[1].y - pair[0].y)
            .fold(0.0, f32::max);
        assert!(line > 0.0);
        for title in titles.iter().skip(1) {
            let above = entries.iter().filter(|entry| entry.y < title.y);
            let gap = above
                .map(|entry| title.y - entry.y)
                .fold(f32::MAX, f32::min);
            assert!(
                gap > 1.5 * line,
                "{gap} above {title:?}, lines are {line} apart"
            );
        }
    }
}

#[test]
fn gpcm_sd_138_titles_and_notes_stand_in_two_columns() {
    for page in &pages()[1..3] {
        let (titles, entries) = sections(page);
        let (left, right) = (titles[0].x, entries[0].x);
        assert!(right > left + 72.0, "{left} and {right}");
        assert!(titles.iter().all(|title| title.x == left), "{titles:?}");
        assert!(entries.iter().all(|entry| entry.x == right), "{entries:?}");
    }
}

#[test]
fn gpcm_sd_139_the_patients_name_is_larger_than_all_else_about_the_patient() {
    for page in pages() {
        let name = page
            .iter()
            .find(|piece| piece.text.contains("GARTON"))
            .unwrap();
        let below_the_bands = page.iter().filter(|piece| piece.y > name.y - 1.0);
        let others = below_the_bands.filter(|piece| !piece.text.contains("GARTON"));
        let largest = others.map(|piece| piece.size).fold(0.0, f32::max);
        assert!(name.size > largest, "{} and {largest}", name.size);
    }
}
