//! FHIR's own rules, each finding with the ITK3 code it is answered by.

use fhir::{Budget, Element, Severity, validate};

use super::{Finding, HEADER};
use crate::{IssueType, ResponseCode, names};

/// The rules of FHIR itself for the whole message, each error with its code: 20009 inside the
/// payload, 10001 inside the handling extension, 20006 elsewhere. `reader` are the findings of the
/// reader ([`fhir::Document`]); they come first.
pub fn base(root: &Element, reader: &[fhir::Finding]) -> Vec<Finding> {
    base_within(root, reader, &Budget::unlimited())
}

/// [`base`], as far as the budget goes.
pub fn base_within(root: &Element, reader: &[fhir::Finding], budget: &Budget<'_>) -> Vec<Finding> {
    let handling = handling_path(root);
    let base = validate::base_within(root, budget);
    reader
        .iter()
        .chain(&base)
        .map(|finding| answered(finding, &handling))
        .collect()
}

fn answered(finding: &fhir::Finding, handling: &str) -> Finding {
    let response = (finding.severity == Severity::Error).then(|| {
        if is_payload(&finding.path) {
            ResponseCode::PayloadInvalid
        } else if finding.path.starts_with(handling) {
            ResponseCode::HandlingSpecificationError
        } else {
            ResponseCode::HeaderInvalid
        }
    });
    Finding {
        id: finding.id,
        severity: finding.severity,
        path: finding.path.clone(),
        position: finding.position,
        what: finding.what.clone(),
        remedy: "",
        response,
        issue: response.map(|code| code.issue_type(Some(issue_type(finding.id)))),
    }
}

/// The path of the handling extension, or one that is nobody's.
fn handling_path(root: &Element) -> String {
    let header = fhir::Bundle::of(root).and_then(|bundle| bundle.first());
    let index = header.and_then(|header| {
        header
            .all("extension")
            .position(|any| any.url() == Some(names::MESSAGE_HANDLING))
    });
    index.map_or_else(
        || "-".to_owned(),
        |index| format!("{HEADER}.extension[{index}]"),
    )
}

/// `Bundle.entry[2].resource.Bundle…`
fn is_payload(path: &str) -> bool {
    path.strip_prefix("Bundle.entry[")
        .and_then(|rest| rest.split_once("].resource."))
        .is_some_and(|(_, rest)| rest == "Bundle" || rest.starts_with("Bundle."))
}

fn issue_type(id: &str) -> IssueType {
    match id {
        "required" => IssueType::Required,
        "type" => IssueType::Value,
        "binding" => IssueType::CodeInvalid,
        "reference" => IssueType::Value,
        "ext-1" | "extension-url" => IssueType::Extension,
        id if id.contains('-') && id.ends_with(|c: char| c.is_ascii_digit()) => {
            IssueType::Invariant
        }
        _ => IssueType::Structure,
    }
}
