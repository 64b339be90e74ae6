//! What stands in an outpatient letter, heading by heading: tables and paragraphs, as hospitals write them.

use fhir::narrative::{Element, Narrative, Piece, Tag};

use super::Making;

/// A section.
pub(super) struct Section {
    pub title: &'static str,
    pub code: &'static str,
    pub text: Narrative,
    /// Whether what is enclosed is named here.
    pub encloses: bool,
}

pub(super) fn sections(making: &Making<'_>) -> Vec<Section> {
    let (patient, receiver, who) = (
        making.patient,
        &making.settings.receiver,
        making.clinician(),
    );
    let name = format!("{}, {}", patient.family.as_str(), patient.given);
    let number = patient.number.spaced();
    let clinician = format!("{} {} {}", who.title, who.given, who.family);
    let day = super::super::patients::day(making.now()).to_string();
    let of_case = format!(
        "Invented for case {} of a rehearsal; version {}.",
        making.case, making.version
    );
    vec![
        section(
            "886711000000101",
            "GP practice",
            &[
                ("Practice", &receiver.name),
                ("ODS code", receiver.ods.as_str()),
            ],
        ),
        section(
            "886731000000109",
            "Patient demographics",
            &[
                ("Name", &name),
                ("Date of birth", &making.born.iso()),
                ("NHS number", &number),
            ],
        ),
        section(
            "1077881000000105",
            "Attendance details",
            &[("Date", &day), ("Seen by", &clinician)],
        ),
        section(
            "887161000000102",
            "Diagnoses",
            &[("Diagnosis", "Sprain of ankle"), ("Side", "Left")],
        ),
        Section {
            encloses: true,
            ..prose(
                "887181000000106",
                "Clinical summary",
                &[
                    "Reviewed after a sprain of the left ankle. Walks without pain.",
                    &of_case,
                ],
            )
        },
        section(
            "886921000000105",
            "Allergies and adverse reactions",
            &[("Causative agent", "No known allergies")],
        ),
        section(
            "933361000000108",
            "Medications and medical devices",
            &[
                (
                    "Ibuprofen 400 mg tablets",
                    "One up to three times a day, stopped",
                ),
                ("Ankle support", "As needed"),
            ],
        ),
        prose(
            "887201000000105",
            "Plan and requested actions",
            &["GP: please review in six weeks. Hospital: no further appointment."],
        ),
        section(
            "887231000000104",
            "Person completing record",
            &[("Name", &clinician), ("Date", &day)],
        ),
    ]
}

/// A table of two columns.
fn section(code: &'static str, title: &'static str, rows: &[(&str, &str)]) -> Section {
    let cell = |tag, text: &str| element(tag, vec![Piece::Text(text.to_owned())]);
    let row = |(head, text): &(&str, &str)| {
        element(Tag::Tr, vec![cell(Tag::Th, head), cell(Tag::Td, text)])
    };
    let body = element(Tag::Tbody, rows.iter().map(row).collect());
    Section {
        title,
        code,
        text: Narrative {
            pieces: vec![element(Tag::Table, vec![body])],
        },
        encloses: false,
    }
}

fn prose(code: &'static str, title: &'static str, paragraphs: &[&str]) -> Section {
    let paragraph = |text: &&str| element(Tag::P, vec![Piece::Text((*text).to_owned())]);
    Section {
        title,
        code,
        text: Narrative {
            pieces: paragraphs.iter().map(paragraph).collect(),
        },
        encloses: false,
    }
}

fn element(tag: Tag, within: Vec<Piece>) -> Piece {
    Piece::Element(Element {
        tag,
        columns: 1,
        rows: 1,
        width: None,
        within,
    })
}
