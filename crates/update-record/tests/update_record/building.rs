//! What is built breaks no rule, on either side, and is read as it was given.

use std::sync::atomic::{AtomicU8, Ordering};

use itk3::payload::{BuildParams, Built};
use itk3::{Payload, PayloadError, Stage, TransportMetadata, View};
use jiff::Timestamp;
use nhs::{DateOrder, MailboxId, Randomness};
use update_record::{Content, Entry, Heading, Record, UpdateRecord, read_record};

use crate::kit;

const MINOR_ILLNESS: &str = include_str!("../../examples/minor-illness.json");
const BLOOD_PRESSURE: &str = include_str!("../../examples/blood-pressure.json");
const CONTRACEPTION: &str = include_str!("../../examples/contraception.json");
const PREVIOUS: &str = "0b6f6c1e-7c62-4a56-9a5e-3d9f4d8c2a11";

/// Numbers one after the other.
#[derive(Default)]
struct Counting(AtomicU8);

impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

fn build(json: &str) -> Result<Built, PayloadError> {
    let randomness = Counting::default();
    let params = BuildParams {
        sender_mailbox: MailboxId::parse("FA001OT001").unwrap(),
        version: 1,
        replaces: None,
        date_order: DateOrder::YearMonthDay,
        now: Timestamp::from_second(1_772_447_400).unwrap(),
        randomness: &randomness,
    };
    UpdateRecord.build(json.as_bytes(), &params)
}

fn text(built: &Built) -> &str {
    std::str::from_utf8(&built.message).unwrap()
}

fn record(json: &str) -> Record {
    read_record(&kit::read(text(&build(json).unwrap()))).unwrap()
}

fn lines(record: &Record) -> Vec<String> {
    record.entries.iter().map(Entry::line).collect()
}

#[test]
fn what_is_built_breaks_no_rule() {
    let declined = BLOOD_PRESSURE.replace(
        "\"report\": {",
        "\"declined\": \"x\" }, \"pulse_irregular\": true, \"x\": { \"y\": {",
    );
    assert!(build(&declined).is_err());
    let start = BLOOD_PRESSURE.find("\"abpm\"").unwrap();
    let declined = format!(
        "{}\"abpm\": {{ \"declined\": \"Prefers the practice\" }}\n}}",
        &BLOOD_PRESSURE[..start]
    );
    let replacing = MINOR_ILLNESS.replacen(
        '{',
        &format!("{{\"version\": 2, \"replaces\": \"{PREVIOUS}\","),
        1,
    );
    for json in [
        MINOR_ILLNESS,
        BLOOD_PRESSURE,
        CONTRACEPTION,
        &declined,
        &replacing,
    ] {
        let built = build(json).unwrap();
        let transport = |to, stage| TransportMetadata {
            from: "FA001OT001",
            to,
            subject: &built.subject,
            workflow: built.workflow.as_str(),
            local_id: &built.local_id,
            stage,
        };
        let (sent, received) = (
            transport(&built.to, Stage::Sent),
            transport("A81001OT001", Stage::Received),
        );
        assert_eq!(kit::found(text(&built), View::Sender, Some(&sent)), []);
        assert_eq!(
            kit::found(text(&built), View::Receiver, Some(&received)),
            []
        );
    }
}

#[test]
fn what_is_built_is_read_as_it_was_given() {
    let minor = record(MINOR_ILLNESS);
    assert_eq!(minor.clinician.identifier.as_deref(), Some("2000001"));
    assert_eq!(
        minor.title,
        "Corner Pharmacy - Community Pharmacist Consultation Service for minor illness"
    );
    assert!(!minor.is_marked());
    let summary = "Red, tender area on the left forearm two days after an insect bite; no fever.";
    for line in [
        summary,
        "No penicillin allergy known.",
        "Keep the area clean. Call 111 if it spreads or fever starts.",
        "703421000 | Temperature | 36.9 degrees Celsius",
        "78564009 | Pulse rate | 76 beats per minute",
        "61086009 | Pulse irregular",
        "60001007 | Not pregnant",
        "289411000001107 | Flucloxacillin 500mg capsules | 20 Capsule | One capsule four times a day for 5 days",
        "276433004 | Insect bite - wound",
    ] {
        assert!(
            lines(&minor).iter().any(|it| it == line),
            "{line}: {:#?}",
            lines(&minor)
        );
    }
    assert_eq!(minor.entries.len(), 9);
    let pressure = record(BLOOD_PRESSURE);
    assert!(!pressure.is_marked());
    assert!(
        lines(&pressure)
            .iter()
            .any(|it| it.starts_with("2181371000000107 | ") && it.contains(" 147 "))
    );
    let report = pressure
        .entries
        .iter()
        .find_map(|entry| match &entry.content {
            Content::Report(report) => Some(report),
            _ => None,
        });
    assert_eq!(report.unwrap().content, b"%PDF-1.4\n%%EOF\n");
    let contraception = record(CONTRACEPTION);
    assert!(!contraception.is_marked());
    assert_eq!(
        contraception
            .entries
            .iter()
            .filter(|it| it.heading == Some(Heading::Signposting))
            .count(),
        1
    );
    assert!(
        lines(&contraception)
            .iter()
            .any(|it| it.ends_with("| declined"))
    );
}

#[test]
fn a_replacement_names_what_it_replaces() {
    let replacing = MINOR_ILLNESS.replacen(
        '{',
        &format!("{{\"version\": 2, \"replaces\": \"{PREVIOUS}\","),
        1,
    );
    let built = build(&replacing).unwrap();
    assert!(built.subject.ends_with(", version 2"));
    let read = record(&replacing);
    assert_eq!(
        (read.version, read.replaces.as_deref()),
        (Some(2), Some(PREVIOUS))
    );
    let alone = MINOR_ILLNESS.replacen('{', "{\"version\": 2,", 1);
    assert_eq!(build(&alone).unwrap_err().code(), "version");
}

#[test]
fn absent_pregnancy_status_sends_none() {
    let json = CONTRACEPTION.replace("\"pregnancy\": \"not-pregnant\",", "");
    assert!(!text(&build(&json).unwrap()).contains("60001007"));
}

#[test]
fn what_is_wrong_is_named_by_its_path_and_without_its_value() {
    for (from, to, path) in [
        ("\"9691375087\"", "\"9691375088\"", "patient.nhs_number"),
        (
            "\"276433004\"",
            "\"276433005\"",
            "presenting_complaint[0].code",
        ),
        (
            "\"289411000001107\"",
            "\"289411000001108\"",
            "supplies[0].amp",
        ),
        ("\"Cel\"", "\"Secret\"", "observations[0].unit"),
        (
            "\"unit\": \"Cel\"",
            "\"unit\": \"Cel\", \"self_reported\": true",
            "observations[0].self_reported",
        ),
        ("2026-03-02T10:05:00+00:00", "secret", "start"),
        (
            "2026-03-02T10:20:00+00:00",
            "2026-03-02T10:00:00+00:00",
            "end",
        ),
        ("[\"Rae\"]", "[]", "patient.given"),
        ("\"minor-illness\"", "\"secret\"", "service"),
        ("\"pulse_irregular\"", "\"secret\"", "secret"),
        (
            "\"dose_text\": \"One capsule four times a day for 5 days\",",
            "",
            "supplies[0]",
        ),
        ("\"Corner Pharmacy\"", "\" \"", "pharmacy.name"),
        ("Corner Pharmacy", "Corner\\tPharmacy", "pharmacy.name"),
        ("no fever", "no\\u0000fever", "clinical_summary"),
    ] {
        assert!(MINOR_ILLNESS.contains(from), "{from}");
        let error = build(&MINOR_ILLNESS.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.code(), "invalid-consultation");
        let said = error.to_string();
        assert!(said.contains(&format!("{path}: ")), "{path}: {said}");
        assert!(
            path == "secret" || !said.to_lowercase().contains("secret"),
            "{said}"
        );
    }
    for bytes in ["", "[", "%PDF-1.7", "{} {}"] {
        assert_eq!(build(bytes).unwrap_err().code(), "invalid-consultation");
    }
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    let json = [
        ("\"9691375087\"", "\"9691375088\""),
        ("\"Corner Pharmacy\"", "7"),
        ("\"Cel\"", "\"K\""),
        ("\"service\"", "\"kind\""),
    ]
    .iter()
    .fold(MINOR_ILLNESS.to_owned(), |json, (from, to)| {
        json.replacen(from, to, 1)
    });
    let said = build(&json).unwrap_err().to_string();
    for wrong in [
        "kind: is not a field of the consultation format",
        "missing field `service`",
        "pharmacy.name: expected a text, found a number",
        "patient.nhs_number: the check digit",
        "observations[0].unit: expected one of Cel, [degF]",
    ] {
        assert!(said.contains(wrong), "{wrong} in {said}");
    }
}

#[test]
fn the_example_of_the_sheet_is_built() {
    let Some(path) = test_kit::shared("data/update-record/consultation.example.json") else {
        return;
    };
    let built = build(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(kit::found(text(&built), View::Sender, None), []);
}
