//! One good letter of our own making, and how tests look at one.

use fhir::{Budget, Document, Limits, xml};
use itk3::{Checking, Finding, Payload, View};
use transfer_of_care::{Element, Narrative, Piece, TransferOfCare};

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

/// Every element of a narrative with how deep it is, the outermost 1.
pub fn elements(narrative: &Narrative) -> Vec<(&Element, usize)> {
    let mut found = Vec::new();
    let mut waiting: Vec<(&Piece, usize)> = narrative.pieces.iter().map(|it| (it, 1)).collect();
    while let Some((piece, depth)) = waiting.pop() {
        if let Piece::Element(element) = piece {
            found.push((element, depth));
            waiting.extend(element.within.iter().map(|it| (it, depth + 1)));
        }
    }
    found
}

/// Every word of a narrative, in its order, without white space.
pub fn words(narrative: &Narrative) -> String {
    fn within(pieces: &[Piece], words: &mut String) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => words.extend(text.split_whitespace()),
                Piece::Element(element) => within(&element.within, words),
            }
        }
    }
    let mut words = String::new();
    within(&narrative.pieces, &mut words);
    words
}
