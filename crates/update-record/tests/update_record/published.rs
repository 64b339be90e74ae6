//! The six published examples, judged as the sheet says: their placeholders and known faults, nothing
//! else.

use fhir::Severity;
use itk3::View;

use crate::kit::found;

/// An example, and the rules it breaks beside those that the placeholders break: warnings.
const EXAMPLES: [(&str, &[&str]); 6] = [
    (
        "blood-pressure-check-service--example-1.xml",
        &["UR-D14", "UR-D18", "UR-O04"],
    ),
    ("blood-pressure-check-service--example-2.xml", &["UR-O04"]),
    ("contraception-service--example-1.xml", &[]),
    ("contraception-service--example-2.xml", &[]),
    ("pharmacy-first-service--example-1.xml", &["UR-O13"]),
    ("pharmacy-first-service--example-2.xml", &[]),
];

fn published() -> Vec<(String, String)> {
    let files = test_kit::shared_files("update-record/examples", "xml");
    let text = |(name, bytes)| (name, String::from_utf8(bytes).unwrap());
    files.into_iter().map(text).collect()
}

/// Every rule broken at this severity, once each.
fn broken(text: &str, view: View, severity: Severity) -> Vec<&'static str> {
    let findings = found(text, view, None).into_iter();
    let mut ids: Vec<_> = findings
        .filter(|finding| finding.severity == severity)
        .map(|finding| finding.id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[test]
fn untouched_they_are_refused_for_the_nhs_number_alone() {
    for (name, text) in published() {
        assert_eq!(
            broken(&text, View::Receiver, Severity::Error),
            ["UR-P01"],
            "{name}"
        );
    }
}

#[test]
fn with_test_data_in_place_of_placeholders_they_are_taken() {
    for (name, text) in published() {
        let text = text
            .replace("4857773456", "9691375087")
            .replace("A(*)", "FA001");
        let expected = EXAMPLES
            .iter()
            .find(|(example, _)| *example == name)
            .unwrap()
            .1;
        let none: [&str; 0] = [];
        assert_eq!(
            broken(&text, View::Receiver, Severity::Error),
            none,
            "{name}"
        );
        assert_eq!(
            broken(&text, View::Receiver, Severity::Warning),
            expected,
            "{name}"
        );
    }
}

#[test]
fn to_their_sender_a_bad_check_digit_is_an_error() {
    for (name, text) in published() {
        let text = text.replace("4857773456", "9691375087");
        let errors = broken(&text, View::Sender, Severity::Error);
        let has_it = name == "blood-pressure-check-service--example-1.xml";
        assert_eq!(errors.contains(&"UR-D18"), has_it, "{name}: {errors:?}");
    }
}
