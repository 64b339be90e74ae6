//! One good letter of our own making, and how tests look at one.

use fhir::{Budget, Document, Limits, xml};
use itk3::{Checking, Finding, Payload, Received, View};
use transfer_of_care::TransferOfCare;

/// A discharge from hospital.
pub const GOOD: &str = include_str!("good.xml");

pub fn read(text: &str) -> Document {
    xml::read(text.as_bytes(), &Limits::default()).unwrap()
}

/// What is found in a message by who receives it, or who sends it.
pub fn found(message: &Document, view: View) -> Vec<Finding> {
    let checking = Checking {
        transport: None,
        view,
        served: None,
        budget: &Budget::unlimited(),
    };
    TransferOfCare.check(message, &checking)
}

/// The good letter with this text of XHTML in its clinical summary.
pub fn with_narrative(div: &str) -> String {
    let good = "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Recovered well.</p></div>";
    assert!(GOOD.contains(good));
    GOOD.replace(good, div)
}

/// What a task shows of a letter.
pub fn letter(text: &str) -> Received {
    TransferOfCare.read(&read(text)).unwrap()
}
