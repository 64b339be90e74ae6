//! Whatever a narrative or a letter is changed into, it is judged and read without a panic, within the
//! bounds.

use fhir::{Limits, Severity, xml};
use itk3::{Payload, View};
use proptest::prelude::*;
use transfer_of_care::{Narrative, TransferOfCare, read_letter, rules};

use crate::kit::{GOOD, elements, found, words};

/// Markup, good and bad, in any order.
fn markup() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "<(div|p|td|table|script|style|img|a|x:b|b)( on[a-z]{2}=\"[a-z();]{0,5}\")?>",
        "</(div|p|td|table|script|style|img|a|x:b|b)>",
        "<(div|td|br|img) (colspan|width|style|alt)=\"[0-9a-z:;%]{0,8}\"/>",
        "&(#[0-9]{1,9}|#x[0-9a-f]{1,6}|lt|amp|nbsp|);",
        "<!\\[CDATA\\[[a-z<>]{0,5}\\]\\]>",
        "\\PC{0,8}",
    ];
    prop::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

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
    fn any_markup_is_read_within_the_bounds(markup in markup()) {
        let narrative = Narrative::of(&markup);
        prop_assert!(elements(&narrative).iter().all(|it| it.1 <= 32));
        for (element, _) in elements(&narrative) {
            prop_assert!((1..=100).contains(&element.columns) && (1..=100).contains(&element.rows));
        }
        let plain: String = narrative.plain_text().split_whitespace().collect();
        prop_assert_eq!(plain.replace('|', ""), words(&narrative).replace('|', ""));
    }

    #[test]
    fn escaped_text_comes_back_whole(text in "[ -~]{0,40}") {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let narrative = Narrative::of(&format!("<div><p>{escaped}</p></div>"));
        prop_assert_eq!(words(&narrative), text.split_whitespace().collect::<String>());
        prop_assert_eq!(elements(&narrative).len(), 2);
    }

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
            prop_assert!(!is_taken || read_letter(&message).is_ok());
            prop_assert!(!is_taken || TransferOfCare.read(&message).is_ok());
        }
    }
}
