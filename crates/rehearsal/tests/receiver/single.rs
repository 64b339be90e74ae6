//! Each message has the one defect that is said of it, and no other: what a receiver finds in it.

use fhir::Severity;
use itk3::ResponseCode;
use rehearsal::receiver::{Planned, Wanted};

use crate::kit::{ALL, findings};

/// The rules that each case may break, and no others: for each payload they have names of their own, and FHIR's own
/// rules say some again. Cases that are not here break none, or none that the message alone shows.
const BROKEN: [(&str, &[&str]); 20] = [
    ("RX-N01", &["itk3-unreadable"]),
    ("RX-N02", &["itk3-handling", "UR-H03"]),
    ("RX-N03", &["type", "itk3-inf-ack-requested", "UR-H05"]),
    ("RX-N04", &["type", "itk3-bus-ack-requested", "UR-H04"]),
    (
        "RX-N05",
        &["GPCM-SD-043", "itk3-message-definition", "itk3-workflow"],
    ),
    (
        "RX-N07",
        &[
            "type",
            "itk3-sender-reference-value",
            "GPCM-SD-042",
            "UR-H08",
        ],
    ),
    ("RX-N08", &["GPCM-SD-041", "UR-H05"]),
    ("RX-N09", &["GPCM-SD-039", "itk3-recipient-type", "UR-H06"]),
    ("RX-N10", &["itk3-receiver-type"]),
    ("RX-N11", &["itk3-receiver-organisation"]),
    ("RX-N12", &["GPCM-SD-112", "attachment-type"]),
    ("RX-N13", &["attachment-type"]),
    (
        "RX-N14",
        &[
            "GPCM-SD-103",
            "itk3-focus",
            "itk3-bundle-identifier",
            "itk3-header-second",
            "UR-H01",
            "UR-H02",
            "UR-H14",
        ],
    ),
    ("RX-N17", &["GPCM-SD-117"]),
    (
        "RX-N18",
        &["type", "GPCM-SD-109", "GPCM-SD-111", "GPCM-SD-112"],
    ),
    (
        "RX-N19",
        &[
            "GPCM-SD-035",
            "GPCM-SD-119",
            "UR-P01",
            "itk3-patient-number",
        ],
    ),
    ("RX-N20", &["UR-D11"]),
    (
        "RX-N24",
        &[
            "required",
            "itk3-bundle-identifier",
            "GPCM-SD-118",
            "UR-H01",
            "UR-C03",
        ],
    ),
    ("RX-N25", &["required", "GPCM-SD-118", "UR-C03"]),
    // an event of the national service is no message of ITK3 at all
    (
        "RX-D01",
        &[
            "itk3-bundle-identifier",
            "itk3-event-system",
            "itk3-event-unknown",
            "itk3-handling",
            "itk3-header-forbidden",
            "itk3-payload",
            "itk3-sender",
        ],
    ),
];

fn errors(planned: &Planned) -> Vec<itk3::Finding> {
    let mut found = findings(planned);
    found.retain(|finding| finding.severity == Severity::Error);
    found
}

#[test]
fn a_message_breaks_the_rules_of_its_defect_and_no_others() {
    for planned in &ALL.messages {
        let place = format!("{} {} {}", planned.case.id, planned.payload, planned.what);
        let found = errors(planned);
        let allowed = BROKEN.iter().find(|(id, _)| *id == planned.case.id);
        let allowed = allowed.map_or(&[][..], |(_, rules)| *rules);
        for finding in &found {
            assert!(allowed.contains(&finding.id), "{place}: {finding}");
        }
        let is_good = planned.expected.infrastructure.wanted_code() == Some(ResponseCode::Success);
        let is_beyond_it = matches!(
            planned.case.id,
            "RX-N06" | "RX-N15" | "RX-N16" | "RX-N22" | "RX-N23" | "RX-P18"
        );
        let is_silent = planned.expected.infrastructure.wanted == Wanted::Nothing;
        if is_good || is_beyond_it {
            assert!(found.is_empty(), "{place}: {found:?}");
        } else if !is_silent {
            assert!(!found.is_empty(), "{place}: nothing is wrong with it");
        }
    }
}

/// What our own receiver would answer to what is wrong is what the case wants, or accepts with a remark.
#[test]
fn what_is_wrong_is_answered_as_the_case_has_it() {
    for planned in &ALL.messages {
        let found = errors(planned);
        let Some(rejection) = itk3::response_for(&found).filter(|_| planned.case.id != "RX-D01")
        else {
            continue;
        };
        let judged = planned.expected.infrastructure.judge(Some(rejection.code));
        assert!(
            judged.is_some(),
            "{} {} {}: {}, wanted {}",
            planned.case.id,
            planned.payload,
            planned.what,
            rejection.diagnostics,
            planned.expected.infrastructure
        );
    }
}
