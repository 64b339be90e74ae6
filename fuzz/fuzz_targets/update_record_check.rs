//! Any bytes through every rule of Update Record: an error of the message is answered, a warning is not,
//! what is taken can be read, and whatever is read can be reviewed to its end.
#![no_main]

use fhir::{Budget, Severity, xml};
use itk3::{Checking, View};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use update_record::{Decision, Review, check, read_record};

mod limits;
use limits::limits;

fuzz_target!(|bytes: &[u8]| {
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
        for finding in check(&document, &checking) {
            let is_error = finding.severity == Severity::Error;
            assert_eq!(finding.response.is_some(), is_error, "{finding:?}");
            is_taken &= !is_error;
        }
    }
    let record = read_record(&document);
    assert!(!is_taken || record.is_ok());
    if let Ok(record) = record {
        let mut review = Review::of(record);
        review.accept_rest("fuzz", Timestamp::UNIX_EPOCH);
        let marked: Vec<usize> = review.undecided().map(|(place, _)| place).collect();
        for place in marked {
            review
                .decide(place, Decision::Kept, "fuzz", Timestamp::UNIX_EPOCH)
                .expect("an entry of the record with a mark");
        }
        let is_empty = review.record().entries.is_empty();
        assert!(is_empty || review.to_file().is_ok());
    }
});
