//! Whatever is changed in a message, it is judged and read without a panic, and what is taken can be read.

use fhir::{Budget, Limits, Severity, xml};
use itk3::{Checking, View};
use proptest::prelude::*;
use update_record::{check, is_sctid, read_record, rules};

use crate::kit::GOOD;

/// The good message with some of its lines left out, doubled or exchanged, and some letters changed.
fn spoilt() -> impl Strategy<Value = String> {
    let lines = GOOD.lines().count();
    let line = (1..lines - 1, 0..4_u8, 1..lines - 1);
    let letter = (0..GOOD.len(), "[ -~]");
    (
        prop::collection::vec(line, 0..4),
        prop::collection::vec(letter, 0..3),
    )
        .prop_map(|(changes, letters)| {
            let mut text: Vec<String> = GOOD.lines().map(str::to_owned).collect();
            for (place, change, other) in changes {
                match change {
                    0 => text[place].clear(),
                    1 => text[place] = text[place].repeat(2),
                    2 => text.swap(place, other),
                    _ => text[place] = text[place].replace("value=\"", "value=\"x"),
                }
            }
            let mut text = text.join("\n");
            for (place, letter) in letters {
                if text.is_char_boundary(place) && text.is_char_boundary(place + 1) {
                    text.replace_range(place..=place, &letter);
                }
            }
            text
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_spoilt_message_is_judged_and_read(text in spoilt()) {
        let Ok(message) = xml::read(text.as_bytes(), &Limits::default()) else {
            return Ok(());
        };
        for view in [View::Sender, View::Receiver] {
            let budget = Budget::unlimited();
            let checking = Checking { transport: None, view, served: None, budget: &budget };
            let findings = check(&message, &checking);
            for finding in &findings {
                let is_ours = finding.id.starts_with("UR-");
                prop_assert!(!is_ours || rules().any(|rule| rule.id == finding.id));
                let is_error = finding.severity == Severity::Error;
                prop_assert_eq!(finding.response.is_some(), is_error, "{:?}", finding);
            }
            let is_taken = findings.iter().all(|it| it.severity == Severity::Warning);
            prop_assert!(!is_taken || read_record(&message).is_ok());
        }
    }

    #[test]
    fn a_digit_more_or_another_makes_another_code(code in "[1-9][0-9]{5,17}", digit in 0..10_u8) {
        let stem = &code[..code.len() - 1];
        let good: Vec<u8> = (0..10).filter(|digit| is_sctid(&format!("{stem}{digit}"))).collect();
        prop_assert_eq!(good.len(), 1);
        prop_assert_eq!(is_sctid(&format!("{stem}{digit}")), good[0] == digit);
    }
}
