//! The one sentence that is the document's narrative and the message's subject.

use fhir::Element;

use super::content::{Content, Patient};
use crate::Ruleset;
use crate::sentence::Sentence;

/// GPCM-SD-119 and GPCM-SD-061: who was seen, where, and which version this is. Where is left out
/// of a confidential report (GPCM-SD-092 forbids it in the receiver's task list).
pub(super) fn sentence(content: &Content<'_>, ruleset: Ruleset, version: u32) -> String {
    let name = patient_name(&content.patient);
    let number = content.patient.nhs_number.digits();
    let (practice, ods) = (content.custodian.name, content.custodian.ods_code);
    let title = content.title;
    match (ruleset, content.confidential) {
        (Ruleset::V1_3, true) => {
            format!("{title} for {name}, NHS Number {number}, Version {version}")
        }
        (Ruleset::V1_3, false) => format!(
            "{title} for {name}, NHS Number {number}, seen at {practice}, ODS Code {ods}, \
             Version {version}"
        ),
        (Ruleset::V2_0, _) => format!(
            "{title} for {name}, NHS Number: {number}, seen at {practice}, {ods}, \
             Version: {version}"
        ),
    }
}

/// Whether a receiver who takes the sentence apart finds in it what the document says.
pub(super) fn is_readable(content: &Content<'_>, ruleset: Ruleset) -> bool {
    let narrative = Element::narrative(&sentence(content, ruleset, 1));
    let text = narrative.at("div").and_then(Element::xhtml_text);
    let text = text.unwrap_or_default();
    let family = content.patient.family_name.as_str().to_lowercase();
    Sentence::parse(&text).is_some_and(|told| {
        told.number == content.patient.nhs_number.digits()
            && told.name.to_lowercase().contains(&family)
            && told.practice == Some(content.custodian.name)
            && told.ods == Some(content.custodian.ods_code.as_str())
            && told.version == Some(1)
    })
}

/// `Mr Bill GARTON`.
fn patient_name(patient: &Patient<'_>) -> String {
    let title = patient.title.into_iter();
    let parts = title.chain(patient.given_names).map(String::as_str);
    parts
        .chain([patient.family_name.as_str()])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
