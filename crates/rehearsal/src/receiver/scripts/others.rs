//! Messages about patients who are not the practice's, and what is no business of the payloads.

use itk3::ResponseCode;

use super::super::expected::{Accepted, Expected};
use super::super::patients::Standing;
use super::{Change, Variant};

pub(super) fn business(case: &str) -> Vec<Variant> {
    let about = |what, standing, code| Variant {
        standing,
        ..Variant::new(what, Expected::taken(code))
    };
    match case {
        "RX-B01" => vec![about(
            "patient whom the practice's list does not have",
            Standing::NeverRegistered,
            ResponseCode::PatientUnknown,
        )],
        "RX-B02" => vec![about(
            "patient who left",
            Standing::Left,
            ResponseCode::PatientLeft,
        )],
        "RX-B03" => vec![
            about(
                "patient who died under six months ago",
                Standing::DiedRecently,
                ResponseCode::PatientRecentlyDeceased,
            ),
            about(
                "patient who died over six months ago",
                Standing::DiedLongAgo,
                ResponseCode::PatientLeft,
            ),
        ],
        "RX-B04" => vec![Variant {
            is_born_another_day: true,
            ..about(
                "date of birth a day before the patient's",
                Standing::Registered,
                ResponseCode::PatientUnknown,
            )
        }],
        _ => Vec::new(),
    }
}

const ANSWERED: &[Accepted] = &[Accepted {
    code: Some(ResponseCode::MessageDefinitionUnknown),
    remark: "an ITK3 message on an unknown workflow may be answered with 10004 by who alone reads the mailbox",
}];

pub(super) fn distributor() -> Vec<Variant> {
    vec![
        Variant {
            change: Change::NationalEvent,
            ..Variant::new(
                "event of the national service, without ITK3's header",
                Expected::SILENCE,
            )
        },
        Variant {
            change: Change::UnknownWorkflow,
            ..Variant::new("workflow that nobody knows", Expected::SILENCE.or(ANSWERED))
        },
    ]
}
