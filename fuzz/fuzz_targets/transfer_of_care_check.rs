//! Any bytes through every rule of Transfer of Care: an error of the message is answered, a warning is not,
//! what is taken can be read, and whatever narrative is read is the same once it was written and read.
#![no_main]

use fhir::narrative::Narrative;
use fhir::{Budget, Severity, xml};
use itk3::{Checking, Payload, View};
use libfuzzer_sys::fuzz_target;
use transfer_of_care::TransferOfCare;

mod limits;
use limits::limits;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        is_the_same_once_written(&Narrative::of(text));
    }
    let Ok(document) = xml::read(bytes, &limits()) else {
        return;
    };
    let mut is_taken = true;
    for view in [View::Sender, View::Receiver] {
        let budget = Budget::unlimited();
        let checking = Checking {
            transport: None,
            view,
            served: None,
            budget: &budget,
        };
        for finding in TransferOfCare.check(&document, &checking) {
            let is_error = finding.severity == Severity::Error;
            assert_eq!(finding.response.is_some(), is_error, "{finding:?}");
            is_taken &= !is_error;
        }
    }
    let letter = TransferOfCare.read(&document);
    assert!(!is_taken || letter.is_ok());
    for section in letter.into_iter().flat_map(|letter| letter.sections) {
        is_the_same_once_written(&section.narrative);
    }
});

fn is_the_same_once_written(narrative: &Narrative) {
    assert!(Narrative::of(&narrative.to_xhtml()) == *narrative);
    _ = narrative.plain_text();
}
