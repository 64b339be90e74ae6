//! What a letter is read into: for a task, and richer for who shows it.

use itk3::Event;
use transfer_of_care::Heading;

use crate::kit::{GOOD, letter, with_narrative};

#[test]
fn every_section_has_its_heading_its_text_and_its_codes() {
    let letter = letter(GOOD);
    assert_eq!(letter.event, Some(Event::INPATIENT_DISCHARGE));
    assert_eq!(letter.title, "Discharge summary");
    assert_eq!(letter.sections.len(), 7);
    for section in &letter.sections {
        let heading = Heading::of_code(section.code.as_deref().unwrap()).unwrap();
        assert_eq!(section.title, heading.title);
        assert!(!section.is_empty());
    }
    let allergies = &letter.sections[0];
    assert_eq!(allergies.text(), "Causative agent | Penicillin");
    assert!(allergies.narrative.to_xhtml().contains("<table>"));
    let [entry] = &allergies.entries[..] else {
        panic!("one entry")
    };
    assert_eq!(entry.resource, "AllergyIntolerance");
    assert_eq!(entry.codes[0].system, "http://snomed.info/sct");
    assert_eq!(entry.codes[0].code, "91936005");
    assert_eq!(entry.codes[0].display, "Allergy to penicillin");
    assert_eq!(letter.sections[2].entries[0].resource, "Condition");
    assert_eq!(letter.sections[1].entries, []);
}

#[test]
fn a_task_shows_headings_and_texts_in_their_order() {
    let received = letter(GOOD);
    let text = received.plain_text();
    let mut rest = text.as_str();
    for line in [
        "Allergies and adverse reactions\nCausative agent | Penicillin",
        "Clinical summary\nRecovered well.",
        "Patient demographics\nBill Garton",
        "Plan and requested actions\nRepeat bloods\n  in two weeks",
    ] {
        rest = rest.split_once(line).expect(line).1;
    }
    assert_eq!(received.custodian_ods.as_deref(), Some("RX1"));
    assert!(received.for_action);
    assert_eq!(received.patient.listed_name(), "Garton, Bill");
}

#[test]
fn a_section_without_a_text_is_shown_by_its_heading() {
    let text = GOOD.replace("<title value=\"Diagnoses\"/>", "");
    let (before, behind) = text.split_once("887161000000102").unwrap();
    let (codes, behind) = behind.split_once("<text>").unwrap();
    let (_, behind) = behind.split_once("</text>").unwrap();
    let received = letter(&format!("{before}887161000000102{codes}{behind}"));
    assert_eq!(received.sections.len(), 7);
    assert_eq!(received.sections[2].title, "Diagnoses");
    assert_eq!(received.sections[2].text(), "");
}

#[test]
fn nothing_of_a_letter_is_in_debug() {
    let letter = letter(&with_narrative(
        "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Recovered <b>secretly</b></p></div>",
    ));
    let narrative = &letter.sections[1].narrative;
    let said = format!(
        "{letter:?} {:?} {narrative:?} {:?} {:?}",
        letter.sections, letter.sections[0].entries, narrative.pieces
    );
    for secret in [
        "secretly",
        "Recovered",
        "Penicillin",
        "penicillin",
        "Garton",
    ] {
        assert!(!said.contains(secret), "{said}");
    }
}
