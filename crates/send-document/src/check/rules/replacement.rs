//! Versions and the document that a later version replaces.

use itk3::{IssueType, ResponseCode};

use crate::check::breach::{Breaches, breach};
use crate::check::subject::Subject;
use crate::check::table::Party::{Receiver, Sender};
use crate::check::table::{BOTH, GM13, MUST, MUST_THEN_SHOULD, Row, Rule};

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "GPCM-SD-123",
        binds: &[Sender],
        text: "A version after the first replaces the one before it: one relatesTo with code \
               replaces and the previous document's identifier. The first replaces nothing.",
        remedy: "Send relatesTo with code replaces and targetIdentifier.value, the previous \
                 document bundle's identifier.",
        source: BOTH,
        force: MUST_THEN_SHOULD,
        response: Some(ResponseCode::PayloadInvalid),
        rule: Rule::Message(gpcm_sd_123),
    },
    Row {
        id: "GPCM-SD-131",
        binds: &[Sender],
        text: "The relation's code is replaces.",
        remedy: "As for GPCM-SD-123.",
        source: GM13,
        force: MUST,
        response: Some(ResponseCode::PayloadInvalid),
        rule: Rule::With("GPCM-SD-123"),
    },
    Row {
        id: "GPCM-SD-132",
        binds: &[Sender],
        text: "The relation names the identifier of the document replaced.",
        remedy: "As for GPCM-SD-123.",
        source: GM13,
        force: MUST,
        response: Some(ResponseCode::PayloadInvalid),
        rule: Rule::With("GPCM-SD-123"),
    },
    Row {
        id: "GPCM-SD-126",
        binds: &[Receiver],
        text: "A replacement is processed and the document it replaces archived.",
        remedy: "Nothing for the sender to do.",
        source: GM13,
        force: MUST,
        response: Some(ResponseCode::ReplacementFailed),
        rule: Rule::Elsewhere("crates/gp-system/src/receiving/verdict.rs: replacement"),
    },
];

fn gpcm_sd_123(subject: &Subject<'_>) -> Breaches {
    let Some(composition) = &subject.composition else {
        return Vec::new();
    };
    let path = composition.at("relatesTo");
    let relations: Vec<_> = composition.element.all("relatesTo").collect();
    let version = subject.sentence().and_then(|sentence| sentence.version);
    let required = |what: &str| vec![breach(path.clone(), what).issue(IssueType::Required)];
    let relation = match (relations.as_slice(), version) {
        ([], Some(version)) if version > 1 => {
            return required("expected a relation to the previous version's document");
        }
        ([], _) => return Vec::new(),
        ([_], Some(1)) => {
            let what = "expected no relation in version 1";
            return vec![breach(path, what).issue(IssueType::BusinessRule)];
        }
        ([relation], _) => *relation,
        (_, _) => return required("expected at most one relation"),
    };
    if relation.value_at("code") != Some("replaces") {
        let code = format!("{path}.code");
        return vec![breach(code, "expected replaces").issue(IssueType::CodeInvalid)];
    }
    let target = relation.value_at("targetIdentifier.value").map(str::trim);
    if target.is_none_or(str::is_empty) {
        return required("expected targetIdentifier.value, the previous document's identifier");
    }
    Vec::new()
}
