//! Requirements on the acknowledgements and on what a receiver does with a message.

use itk3::ResponseCode;

use crate::check::table::Party::{self, Acknowledger, Receiver, Sender};
use crate::check::table::{BOTH, GM13, MUST, Row, Rule};

const ACKNOWLEDGEMENT: &str = "crates/itk3/src/acknowledgement.rs: build";

pub(super) const ROWS: &[Row] = &[
    acknowledgement(
        "GPCM-SD-050",
        "A response asks for no business acknowledgement.",
    ),
    acknowledgement(
        "GPCM-SD-051",
        "A response asks for no infrastructure acknowledgement.",
    ),
    acknowledgement(
        "GPCM-SD-052",
        "A response carries the sender reference it answers.",
    ),
    acknowledgement(
        "GPCM-SD-053",
        "A response's sender is the receiving practice.",
    ),
    acknowledgement("GPCM-SD-054", "A response's event is ITK008M."),
    acknowledgement("GPCM-SD-055", "A response's timestamp is when it was made."),
    acknowledgement(
        "GPCM-SD-074",
        "A negative response says what was wrong, in diagnostics.",
    ),
    row(
        "GPCM-SD-058",
        &[Acknowledger],
        "Responses travel under the workflow with _ACK.",
        "crates/gp-system/src/receiving/answering.rs: control",
    ),
    Row {
        id: "GPCM-SD-065",
        binds: &[Receiver],
        text: "A message that breaks a rule of header or payload is invalid.",
        remedy: "See the other findings.",
        source: GM13,
        force: MUST,
        response: Some(ResponseCode::PayloadInvalid),
        rule: Rule::Elsewhere("crates/send-document/src/check/mod.rs: check"),
    },
    row(
        "GPCM-SD-066",
        &[Receiver, Acknowledger],
        "An invalid message is answered negatively and goes no further.",
        "crates/gp-system/src/receiving/verdict.rs: answer",
    ),
    Row {
        id: "GPCM-SD-075",
        binds: &[Sender],
        text: "The reports of a failed address look-up (EPL-150 to 154) are handled.",
        remedy: "Nothing for the message to do.",
        source: BOTH,
        force: MUST,
        response: None,
        rule: Rule::Elsewhere("crates/gp-system/src/receiving/report.rs: take"),
    },
];

const fn acknowledgement(id: &'static str, text: &'static str) -> Row {
    row(id, &[Acknowledger], text, ACKNOWLEDGEMENT)
}

const fn row(
    id: &'static str,
    binds: &'static [Party],
    text: &'static str,
    place: &'static str,
) -> Row {
    Row {
        id,
        binds,
        text,
        remedy: "Nothing for the sender to do.",
        source: GM13,
        force: MUST,
        response: None,
        rule: Rule::Elsewhere(place),
    }
}
