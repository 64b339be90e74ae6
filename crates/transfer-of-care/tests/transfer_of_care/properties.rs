//! Whatever a letter is changed into, it is judged and read without a panic, within the
//! bounds.

use fhir::{Limits, Severity, xml};
use itk3::{Payload, View};
use proptest::prelude::*;
use transfer_of_care::{TransferOfCare, rules};

use crate::kit::{GOOD, found};

/// The good letter with some lines left out, doubled or exchanged.
fn spoilt() -> impl Strategy<Value = String> {
    let lines = GOOD.lines().count();
    let change = (1..lines - 1, 0..4_u8, 1..lines - 1);
    prop::collection::vec(change, 0..4).prop_map(|changes| {
        let mut text: Vec<String> = GOOD.lines().map(str::to_owned).collect();
        for (place, change, other) in changes {
            match change {
                0 => text[place].clear(),
                1 => text[place] = text[place].repeat(2),
                2 => text.swap(place, other),
                _ => text[place] = text[place].replace("value=\"", "value=\"x"),
            }
        }
        text.join("\n")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_spoilt_letter_is_judged_and_read(text in spoilt()) {
        let Ok(message) = xml::read(text.as_bytes(), &Limits::default()) else {
            return Ok(());
        };
        for view in [View::Sender, View::Receiver] {
            let findings = found(&message, view);
            for finding in &findings {
                let is_ours = finding.id.starts_with("toc-");
                prop_assert!(!is_ours || rules().any(|(id, _)| id == finding.id));
            }
            let is_taken = findings.iter().all(|it| it.severity == Severity::Warning);
            prop_assert!(!is_taken || TransferOfCare.read(&message).is_ok());
        }
    }
}
