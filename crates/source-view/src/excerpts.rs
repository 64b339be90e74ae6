//! A few lines around each finding, for a list of them.

use fhir::Element;
use maud::Markup;
use message_check::Found;

use crate::as_sent::around;
use crate::laid_out::LaidOut;
use crate::{FINDINGS, Places};

/// The lines around each of the first [`FINDINGS`] findings, `most` of them each, with its value marked: laid out where
/// the message could be read, else as it was sent. None for a finding that is about none of the message.
pub fn excerpts(
    bytes: &[u8],
    root: Option<&Element>,
    findings: &[Found],
    most: usize,
) -> Vec<Option<Markup>> {
    let numbers = 0..findings.len().min(FINDINGS);
    let Some(root) = root else {
        // Of a message that cannot be read there is one finding: no index of its lines is worth making.
        let places = Places::unread(findings);
        return numbers
            .map(|number| around(bytes, &places, findings, number, most))
            .collect();
    };
    let places = Places::of(root, findings);
    let lines = LaidOut::of(root, &places, findings);
    numbers.map(|number| lines.around(number, most)).collect()
}
