//! The findings of FHIR and of every ITK3 message, told by the ids of Update Record where it says the
//! same, and as severely as it says it.

use std::collections::HashSet;

use fhir::Severity;
use itk3::{Checking, Finding, IssueType, ResponseCode, Stage};

/// What becomes of a general finding under its new id.
#[derive(Clone, Copy)]
enum As {
    Same,
    Warning,
    Error(ResponseCode),
}

const HEADER: ResponseCode = ResponseCode::HeaderInvalid;
const BUSINESS_RULE: ResponseCode = ResponseCode::HandlingBusinessRule;

/// Findings by their id in `itk3`, the rule that says the same, and what it makes of it.
const TOLD_AS: [(&str, &str, As); 33] = [
    ("itk3-bundle-type", "UR-H01", As::Same),
    ("itk3-bundle-identifier", "UR-H01", As::Same),
    ("itk3-bundle-profile", "UR-D14", As::Same),
    ("itk3-header-profile", "UR-D14", As::Same),
    ("itk3-sender-profile", "UR-D14", As::Same),
    ("itk3-header-first", "UR-H02", As::Same),
    ("itk3-handling", "UR-H03", As::Same),
    ("itk3-handling-key", "UR-H03", As::Same),
    ("itk3-handling-key-once", "UR-H03", As::Same),
    ("itk3-bus-ack-requested", "UR-H04", As::Same),
    ("itk3-inf-ack-requested", "UR-H05", As::Same),
    ("itk3-recipient-type", "UR-H06", As::Same),
    (
        "itk3-message-definition",
        "UR-H07",
        As::Error(BUSINESS_RULE),
    ),
    ("itk3-sender-reference-value", "UR-H08", As::Same),
    ("itk3-local-extension", "UR-H09", As::Error(BUSINESS_RULE)),
    ("itk3-event", "UR-H10", As::Error(BUSINESS_RULE)),
    ("itk3-event-system", "UR-H10", As::Error(BUSINESS_RULE)),
    ("itk3-event-code", "UR-H10", As::Error(BUSINESS_RULE)),
    ("itk3-event-display", "UR-H10", As::Same),
    ("itk3-sender", "UR-H11", As::Same),
    ("itk3-sender-reference", "UR-H11", As::Same),
    ("itk3-sender-type", "UR-H11", As::Same),
    ("itk3-sender-ods-code", "UR-H11", As::Error(HEADER)),
    ("itk3-endpoint", "UR-H12", As::Same),
    ("itk3-timestamp", "UR-H13", As::Same),
    ("itk3-focus", "UR-H14", As::Same),
    ("itk3-focus-reference", "UR-H14", As::Same),
    ("itk3-receiver", "UR-H15", As::Warning),
    ("itk3-header-forbidden", "UR-H16", As::Same),
    ("itk3-header-response", "UR-H16", As::Warning),
    ("itk3-workflow", "UR-M01", As::Same),
    ("itk3-address-date", "UR-M03", As::Same),
    ("itk3-address", "UR-M04", As::Same),
];

/// Findings about the document inside that a rule of ours says more exactly.
const SAID_AGAIN: [(&str, &[&str]); 12] = [
    ("itk3-header-second", &["UR-H02"]),
    ("itk3-payload", &["UR-H14"]),
    ("itk3-payload-type", &["UR-D01"]),
    ("itk3-payload-identifier", &["UR-D01"]),
    ("itk3-composition", &["UR-D03"]),
    ("itk3-composition-identifier", &["UR-C01"]),
    (
        "itk3-patient",
        &["UR-C03", "UR-D04", "UR-D15", "UR-D16", "UR-D17"],
    ),
    ("itk3-patient-second", &["UR-D04"]),
    ("itk3-patient-number", &["UR-P01"]),
    ("itk3-patient-name", &["UR-P02"]),
    ("itk3-patient-born", &["UR-P03"]),
    ("itk3-attachment-type", &["UR-D12"]),
];

/// The general findings as they are told beside ours: what FHIR says of a place at which a rule says
/// more is left out.
pub(super) fn told(
    general: Vec<Finding>,
    own: &[Finding],
    checking: &Checking<'_>,
) -> Vec<Finding> {
    let ids: HashSet<&str> = own.iter().map(|finding| finding.id).collect();
    let is_of_itk3 = |finding: &&Finding| finding.id.starts_with("itk3-");
    let by_rule = general.iter().filter(is_of_itk3).chain(own);
    let places: HashSet<String> = by_rule.map(|finding| finding.path.clone()).collect();
    general
        .into_iter()
        .filter(|finding| !is_said_again(finding, &ids, &places))
        .map(|finding| renamed(finding, checking))
        .collect()
}

fn is_said_again(finding: &Finding, ids: &HashSet<&str>, places: &HashSet<String>) -> bool {
    let by_id = SAID_AGAIN.iter().find(|(id, _)| *id == finding.id);
    if let Some((_, rules)) = by_id {
        return rules.iter().any(|rule| ids.contains(rule));
    }
    let path = without_numbers(&finding.path);
    match finding.id {
        "bdl-9" => ids.contains("UR-D01"),
        "required" => {
            let field = finding.what.strip_prefix("expected the element ");
            field.is_some_and(|field| places.contains(&format!("{path}.{field}")))
        }
        "ele-1" | "type" | "binding" | "reference" | "cardinality" => places.contains(&path),
        _ => false,
    }
}

/// A path without the numbers of elements that repeat within the innermost resource.
fn without_numbers(path: &str) -> String {
    let (before, inside) = match path.rfind(".resource.") {
        Some(place) => path.split_at(place),
        None => ("", path),
    };
    let mut parts = inside.split('[');
    let first = parts.next().unwrap_or_default();
    let rest = parts
        .filter_map(|part| part.split_once(']'))
        .map(|(_, rest)| rest);
    std::iter::once(before)
        .chain(std::iter::once(first))
        .chain(rest)
        .collect()
}

fn renamed(mut finding: Finding, checking: &Checking<'_>) -> Finding {
    if finding.id == "type" && without_numbers(&finding.path).ends_with(".meta.profile") {
        // Blanks around the name, as a published example has them.
        finding.id = "UR-D14";
        return tolerated(finding);
    }
    if finding.id == "itk3-from" {
        return mailbox(finding, checking);
    }
    if finding.id == "itk3-address" && finding.what.contains("GPPROVIDER_") {
        finding.id = "UR-M03";
        return finding;
    }
    let Some((_, rule, change)) = TOLD_AS.iter().find(|(id, ..)| *id == finding.id) else {
        return finding;
    };
    finding.id = rule;
    match (change, finding.severity) {
        (As::Warning, _) => tolerated(finding),
        // A definition that is read all the same stays a warning; what is missing does not.
        (As::Error(_), Severity::Warning) if matches!(*rule, "UR-H07" | "UR-H10") => finding,
        (As::Error(code), _) => refused(finding, *code),
        (As::Same, _) => finding,
    }
}

fn tolerated(mut finding: Finding) -> Finding {
    finding.severity = Severity::Warning;
    (finding.response, finding.issue) = (None, None);
    finding
}

fn refused(mut finding: Finding, code: ResponseCode) -> Finding {
    finding.severity = Severity::Error;
    finding.response = Some(code);
    finding.issue = Some(code.issue_type(finding.issue.or(Some(IssueType::Required))));
    finding
}

/// A mailbox that is not the sender's: an error before it is sent, told by who received it.
fn mailbox(mut finding: Finding, checking: &Checking<'_>) -> Finding {
    let is_own = checking.transport.is_some_and(|it| it.stage == Stage::Sent);
    finding.id = if is_own { "UR-M07" } else { "UR-H12" };
    if is_own {
        finding.severity = Severity::Error;
    }
    finding
}
