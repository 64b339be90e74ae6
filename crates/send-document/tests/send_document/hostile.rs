//! Messages that are built to cost time.

use crate::common::{Broken, ids};
use send_document::{Ruleset, check, read};

/// Five thousand sections, each showing one of as many binaries: references are resolved by look-up,
/// so that the work grows with the size of the message, not with its square.
#[test]
fn many_sections_of_many_binaries_are_checked_and_read() {
    let count = 5_000;
    let url = |n: usize| format!("urn:uuid:00000000-0000-4000-8000-{n:012}");
    let sections: String = (0..count)
        .map(|n| {
            format!(
                "<section><entry><reference value=\"{}\"/></entry></section>",
                url(n)
            )
        })
        .collect();
    let binaries: String = (0..count)
        .map(|n| {
            format!(
                "<entry><fullUrl value=\"{}\"/><resource><Binary><contentType \
                 value=\"text/plain\"/><content value=\"QQ==\"/></Binary></resource></entry>",
                url(n)
            )
        })
        .collect();
    let message = Broken::good().0;
    let composition_end = message.find("</Composition>").unwrap();
    let (head, tail) = message.split_at(composition_end);
    let tail = tail.replacen("</entry>", &format!("</entry>{binaries}"), 1);
    let limits = fhir::Limits {
        elements: 1_000_000,
        ..fhir::Limits::default()
    };
    let message = fhir::xml::read(format!("{head}{sections}{tail}").as_bytes(), &limits).unwrap();
    assert_eq!(read(&message).unwrap().attachments.len(), count + 2);
    let found = check(&message, None, Ruleset::V1_3);
    let about_profiles = ids(&found)
        .iter()
        .filter(|id| **id == "GPCM-SD-108")
        .count();
    assert_eq!(about_profiles, fhir::Tally::OF_A_RULE);
    assert!(!ids(&found).contains(&"GPCM-SD-110"));
}

#[test]
fn what_is_no_document_is_neither_read_nor_panicked_over() {
    let limits = fhir::Limits::default();
    for xml in [
        "<Patient xmlns=\"http://hl7.org/fhir\"/>",
        "<Bundle xmlns=\"http://hl7.org/fhir\"/>",
        "<Bundle xmlns=\"http://hl7.org/fhir\"><entry><resource><MessageHeader/></resource></entry>\
         <entry><resource><Bundle/></resource></entry></Bundle>",
    ] {
        let Ok(message) = fhir::xml::read(xml.as_bytes(), &limits) else {
            continue;
        };
        assert!(read(&message).is_err());
        for ruleset in [Ruleset::V1_3, Ruleset::V2_0] {
            let found = check(&message, None, ruleset);
            assert!(send_document::response_for(&found).is_some(), "{xml}");
        }
    }
}
