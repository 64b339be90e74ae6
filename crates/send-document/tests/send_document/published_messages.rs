//! The published Send Document messages, read from the shared folder when it is there.

use crate::common::{ids, parse};
use itk3::Received;
use send_document::{Ruleset, check, read};

/// None when it is not there, and the test was skipped.
fn bytes(name: &str) -> Option<Vec<u8>> {
    let path = test_kit::shared(&format!("data/itk3/messages-send-document/{name}"))?;
    Some(std::fs::read(path).unwrap())
}

fn published(name: &str) -> Option<fhir::Document> {
    Some(parse(&bytes(name)?))
}

const MESSAGES: [&str; 7] = [
    "IOPS-example-generic-wireframe-moe-degrasse.xml",
    "IOPS-example-oc-anne-teak.xml",
    "IOPS-send-document--generic-example.xml",
    "gpconnect-messaging-master-consultation_report.xml",
    "gpconnect-messaging-release-1.3.0-consultation_report.xml",
    "gpconnect-messaging-release-1.5.0-consultation_report.xml",
    "gpconnect-messaging-release-1.5.0-oc_consultation_report.xml",
];

fn received(name: &str) -> Option<Received> {
    Some(read(&published(name)?).unwrap())
}

#[test]
fn every_published_message_is_read_with_its_report() {
    for document in MESSAGES.into_iter().filter_map(received) {
        assert!(
            document
                .report()
                .is_some_and(|report| !report.content.is_empty())
        );
        assert!(document.patient.family_name.is_some());
        assert!(!document.title.is_empty());
        assert!(document.sender_mailbox.is_some());
    }
}

#[test]
fn findings_name_no_patient() {
    for message in MESSAGES.into_iter().filter_map(published) {
        let document = read(&message).unwrap();
        for ruleset in [Ruleset::V1_3, Ruleset::V2_0] {
            let shown = format!("{:?}", check(&message, None, ruleset));
            let family = document.patient.family_name.as_ref().unwrap().as_str();
            assert!(!shown.contains(family));
        }
    }
}

#[test]
fn the_1_3_example_breaks_what_the_sheet_says_it_breaks() {
    let Some(message) = published(MESSAGES[4]) else {
        return;
    };
    let found = check(&message, None, Ruleset::V1_3);
    let errors = found
        .iter()
        .filter(|f| f.severity == send_document::Severity::Error);
    let mut errors: Vec<_> = errors.map(|finding| finding.id).collect();
    errors.dedup();
    // Its date is two years after its header, its narrative holds placeholders, and its NHS number
    // fails Modulus 11.
    assert_eq!(
        errors,
        ["GPCM-SD-116", "GPCM-SD-119", "GPCM-SD-035"],
        "{found:#?}"
    );
    assert!(
        ids(&found).contains(&"order"),
        "its element order is told as a warning"
    );
}

/// The examples' NHS numbers fail Modulus 11; with a good one nothing else makes 2.0 reject them.
#[test]
fn the_2_0_examples_are_rejected_for_their_nhs_numbers_only() {
    for name in &MESSAGES[..3] {
        let Some(bytes) = bytes(name) else { return };
        let errors = |text: &str| {
            let found = check(&parse(text.as_bytes()), None, Ruleset::V2_0);
            let errors = found
                .iter()
                .filter(|f| f.severity == send_document::Severity::Error);
            errors.map(|finding| finding.id).collect::<Vec<_>>()
        };
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(errors(&text), ["GPCM-SD-035"], "{name}");
        let mended = BAD_NUMBERS
            .iter()
            .fold(text, |text, bad| text.replace(bad, "9693632109"));
        assert_eq!(errors(&mended), [""; 0], "{name}");
    }
}

const BAD_NUMBERS: [&str; 4] = ["9989453456", "9989453457", "4857773456", "1234567890"];
