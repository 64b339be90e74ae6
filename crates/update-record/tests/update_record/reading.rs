//! The provisional record.

use itk3::Payload;
use update_record::{Content, Heading, Mark, Record, Review, Service, UpdateRecord, read_record};

use crate::kit::{
    COMPLAINT, GOOD, ID, PATIENT, PREGNANCY, PRESSURE, PULSE, REPORT, SUMMARY, SUPPLY, changed,
    read,
};

fn record(text: &str) -> Record {
    read_record(&read(text)).unwrap()
}

fn marks(text: &str, id: &str) -> Vec<Mark> {
    let id = format!("{ID}{id}");
    let record = record(text);
    record
        .entries
        .iter()
        .find(|entry| entry.id == id)
        .unwrap()
        .marks
        .clone()
}

#[test]
fn everything_that_is_sent_is_read() {
    let record = record(GOOD);
    assert_eq!(record.service, Some(Service::MinorIllness));
    assert_eq!(record.date.as_deref(), Some("2026-03-02T10:05:00+00:00"));
    assert_eq!(record.pharmacy.ods.as_deref(), Some("FA001"));
    assert_eq!(record.pharmacy.name.as_deref(), Some("Corner Pharmacy"));
    assert_eq!(record.clinician.name.as_deref(), Some("Erin Example"));
    assert_eq!(record.clinician.role.as_deref(), Some("Pharmacist"));
    assert_eq!(record.version, Some(1));
    assert!(!record.is_marked());
    let lines: Vec<String> = record
        .entries
        .iter()
        .map(update_record::Entry::line)
        .collect();
    assert_eq!(lines.len(), 10);
    for line in [
        "Keep the area clean.",
        "60001007 | Not pregnant",
        "78564009 | Pulse rate | 76 beats per minute",
        "703421000 | Temperature | 36.9 degrees Celsius",
        "163035008 | Sitting blood pressure reading | Sitting systolic blood pressure 122 millimetre of \
         mercury | Sitting diastolic blood pressure 78 millimetre of mercury",
        "289411000001107 | Flucloxacillin 500mg capsules | 20 Capsule | One capsule four times a day",
        "276433004 | Insect bite - wound",
    ] {
        assert!(lines.iter().any(|it| it == line), "{line}: {lines:#?}");
    }
    assert_eq!(record.entries[0].heading, Some(Heading::ClinicalSummary));
    let report = record
        .entries
        .iter()
        .find_map(|entry| match &entry.content {
            Content::Report(report) => Some(report),
            _ => None,
        });
    let report = report.unwrap();
    assert_eq!(report.content, b"%PDF-1.4\n");
    assert_eq!(report.title, "Ambulatory blood pressure report");
}

#[test]
fn a_task_shows_headings_coded_entries_and_the_report() {
    let received = UpdateRecord.read(&read(GOOD)).unwrap();
    let titles: Vec<&str> = received
        .sections
        .iter()
        .map(|it| it.title.as_str())
        .collect();
    assert_eq!(
        titles[..2],
        ["Clinical summary", "Information and advice given"]
    );
    assert!(received.plain_text().contains("60001007 | Not pregnant"));
    assert_eq!(received.attachments[0].content, b"%PDF-1.4\n");
    assert_eq!(received.custodian_ods.as_deref(), Some("FA001"));
    let marked = changed(GOOD, PREGNANCY, "60001007", "77386006");
    let text = UpdateRecord.read(&read(&marked)).unwrap().plain_text();
    assert!(text.contains(Mark::Disagrees.text()), "{text}");
}

#[test]
fn what_a_person_must_look_at_is_marked() {
    for (id, from, to, mark) in [
        (PREGNANCY, "60001007", "77386006", Mark::Disagrees),
        (
            PREGNANCY,
            "<text value=\"Not pregnant\"/>",
            "<text value=\"Pregnant\"/>",
            Mark::Disagrees,
        ),
        (
            PULSE,
            "<display value=\"Pulse rate\"/>",
            "<display value=\"Body weight\"/>",
            Mark::Disagrees,
        ),
        (
            PRESSURE,
            "Sitting systolic",
            "Sitting diastolic",
            Mark::Disagrees,
        ),
        (PULSE, "78564009", "78564008", Mark::CheckDigit),
        (
            SUPPLY,
            "289411000001107",
            "289411000001108",
            Mark::CheckDigit,
        ),
        (
            PULSE,
            "<display value=\"Pulse rate\"/>",
            "",
            Mark::NoDisplay,
        ),
        (PULSE, "{beats}/min", "/min", Mark::UnknownUnit),
        (PRESSURE, "407554009", "407556006", Mark::MixedCodes),
        (PRESSURE, "407554009", "2181401000000109", Mark::NotFiled),
        (
            PREGNANCY,
            "value=\"pregnancy-status\"",
            "value=\"safeguarding\"",
            Mark::UnknownHeading,
        ),
        (REPORT, "JVBERi0xLjQK", "not base64", Mark::UnreadableReport),
    ] {
        let marks = marks(&changed(GOOD, id, from, to), id);
        assert!(marks.contains(&mark), "{mark:?} {from}: {marks:?}");
    }
    let male = changed(GOOD, PATIENT, "value=\"female\"", "value=\"male\"");
    assert_eq!(marks(&male, PREGNANCY), [Mark::PregnancyOfMale]);
}

#[test]
fn what_its_sender_calls_an_error_or_not_final_is_marked() {
    let (done, seen) = ("<status value=\"completed\"/>", "<status value=\"final\"/>");
    for (id, from, status) in [
        (PULSE, seen, "entered-in-error"),
        (PULSE, seen, "cancelled"),
        (PREGNANCY, seen, "preliminary"),
        (SUPPLY, done, "entered-in-error"),
        (SUPPLY, done, "on-hold"),
        (SUMMARY, done, "draft"),
    ] {
        let to = format!("<status value=\"{status}\"/>");
        let marks = marks(&changed(GOOD, id, from, &to), id);
        assert_eq!(marks, [Mark::NotFinal], "{id} {status}");
    }
    for (id, from, status) in [(PULSE, seen, "corrected"), (SUPPLY, done, "stopped")] {
        let to = format!("<status value=\"{status}\"/>");
        assert_eq!(
            marks(&changed(GOOD, id, from, &to), id),
            [],
            "{id} {status}"
        );
    }
    let complaint = "<clinicalStatus value=\"active\"/>";
    for (verified, expected) in [
        ("refuted", &[Mark::NotFinal][..]),
        ("entered-in-error", &[Mark::NotFinal]),
        ("confirmed", &[]),
    ] {
        let to = format!("{complaint}<verificationStatus value=\"{verified}\"/>");
        let marks = marks(&changed(GOOD, COMPLAINT, complaint, &to), COMPLAINT);
        assert_eq!(marks, expected, "{verified}");
    }
}

#[test]
fn a_value_keeps_its_comparator() {
    let text = changed(
        GOOD,
        PULSE,
        "<value value=\"76\"/>",
        "<value value=\"76\"/><comparator value=\"&lt;\"/>",
    );
    let record = record(&text);
    let id = format!("{ID}{PULSE}");
    let pulse = record.entries.iter().find(|entry| entry.id == id).unwrap();
    assert_eq!(
        pulse.line(),
        "78564009 | Pulse rate | < 76 beats per minute"
    );
    assert_eq!(pulse.values(), ["< 76 a minute"]);
}

#[test]
fn published_examples_are_read_whole() {
    for (name, bytes) in test_kit::shared_files("update-record/examples", "xml") {
        let text = String::from_utf8(bytes).unwrap();
        let count = |kind: &str| text.matches(&format!("<{kind}>")).count();
        let kinds = [
            "ClinicalImpression",
            "Observation",
            "MedicationDispense",
            "Condition",
        ];
        let record = record(&text);
        assert_eq!(
            record.entries.len(),
            kinds.into_iter().map(count).sum::<usize>(),
            "{name}"
        );
        assert!(record.service.is_some(), "{name}");
        assert!(
            record.pharmacy.name.is_some() && record.clinician.name.is_some(),
            "{name}"
        );
        let is_first = name == "blood-pressure-check-service--example-1.xml";
        let has = |mark| {
            record
                .entries
                .iter()
                .any(|entry| entry.marks.contains(&mark))
        };
        assert_eq!(has(Mark::CheckDigit), is_first, "{name}");
        assert!(!has(Mark::Disagrees) && !has(Mark::NotFinal), "{name}");
    }
}

#[test]
fn nothing_of_a_record_is_in_debug() {
    let record = record(GOOD);
    let shown = format!(
        "{record:?} {:?} {:?}",
        record.entries,
        Review::of(record.clone())
    );
    for patient in ["REHEARSAL", "Rae", "pregnant", "forearm", "9691375087"] {
        assert!(!shown.contains(patient), "{shown}");
    }
}
