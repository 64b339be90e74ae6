//! Messages that have to be taken.

use itk3::ResponseCode;

use super::super::build::{Content, SHAPES};
use super::super::edit;
use super::super::expected::{Expected, ExpectedAnswer};
use super::super::payload::PayloadName;
use super::super::plan::Transport;
use super::{Change, Variant, Version};

/// The recommended limit is 5 MB.
const NEARLY_THE_LIMIT: u64 = 4_900_000;

const WORDS_OF_SHAPES: [&str; SHAPES] = [
    "blood pressure checked",
    "blood pressure by ambulatory monitoring",
    "contraceptive supplied",
    "contraceptive not supplied",
    "minor illness: insect bite, medicine supplied",
    "minor illness: urinary infection, medicine supplied",
];

pub(super) fn variants(case: &str, payload: PayloadName) -> Vec<Variant> {
    let with = |what, content| {
        vec![Variant {
            content,
            ..Variant::taken(what)
        }]
    };
    let changed = |what, change| {
        vec![Variant {
            change,
            ..Variant::taken(what)
        }]
    };
    let replaces = |what, before| {
        vec![Variant {
            version: Version::After(before),
            ..Variant::taken(what)
        }]
    };
    match case {
        "RX-P01" => with("one PDF, for action", Content::Usual),
        "RX-P02" => with(
            "one PDF, for action, over the older workflow",
            Content::Usual,
        ),
        "RX-P03" => with("RecipientType FI", Content::ForInformation),
        "RX-P04" => with("PDF, Word document and TIFF picture", Content::ThreeFiles),
        "RX-P05" => with("no Practitioner", Content::Unsigned),
        "RX-P06" => with("careSettingType and Composition.event", Content::Setting),
        "RX-P07" => changed(
            "line breaks and blanks after every 74 characters of base64",
            Change::Tree(edit::broken_base64),
        ),
        "RX-P08" => changed(
            "MessageDefinition ends in -Instance-1, LocalExtension is NONE",
            Change::Tree(edit::older_spellings),
        ),
        "RX-P09" => [
            ("sent in several parts", Transport::Chunked),
            ("sent compressed", Transport::Gzip),
        ]
        .into_iter()
        .map(|(what, transport)| Variant {
            transport,
            ..Variant::taken(what)
        })
        .collect(),
        "RX-P10" => changed("4.9 MB in all", Change::Length(NEARLY_THE_LIMIT)),
        "RX-P11" => replaces("version 2, replaces the first", first_of(payload)),
        "RX-P12" => replaces("version 3, replaces version 2", "RX-P11"),
        "RX-P13" => changed(
            "no meta.profile anywhere, both bundles with one identifier",
            Change::Tree(edit::as_examples_are),
        ),
        "RX-P14" => (0..)
            .zip(WORDS_OF_SHAPES)
            .map(|(shape, what)| Variant {
                content: Content::Shape(shape),
                ..Variant::taken(what)
            })
            .collect(),
        "RX-P15" => with("PDF in an Observation, with a title", Content::Attached),
        "RX-P16" => with(
            "outpatient letter, receiver is the practice",
            Content::Usual,
        ),
        "RX-P17" => replaces("version 2, replaces the letter before", "RX-P16"),
        "RX-P18" => vec![silenced(
            "InfAckRequested false, BusAckRequested true",
            edit::infrastructure_false,
            ExpectedAnswer::code(ResponseCode::PatientKnown),
        )],
        "RX-P19" => vec![silenced(
            "both flags false",
            edit::both_false,
            ExpectedAnswer::NOTHING,
        )],
        _ => Vec::new(),
    }
}

/// The first version of the document that is replaced in RX-P11.
fn first_of(payload: PayloadName) -> &'static str {
    match payload {
        PayloadName::SendDocument13 => "RX-P02",
        _ => "RX-P01",
    }
}

fn silenced(what: &'static str, edit: edit::Edit, business: ExpectedAnswer) -> Variant {
    Variant {
        change: Change::Tree(edit),
        expected: Expected {
            infrastructure: ExpectedAnswer::NOTHING,
            business,
        },
        ..Variant::taken(what)
    }
}
