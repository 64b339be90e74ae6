//! The one sentence that is the document's narrative and the message's subject.

use crate::consultation::Patient;
use crate::{Consultation, Ruleset, names};

/// GPCM-SD-119 and GPCM-SD-061: who was seen, where, and which version this is. Where is left out
/// of a confidential report (GPCM-SD-092 forbids it in the receiver's task list).
pub(super) fn sentence(consultation: &Consultation, ruleset: Ruleset, version: u32) -> String {
    let name = patient_name(&consultation.patient);
    let number = consultation.patient.nhs_number.digits();
    let practice = consultation.practice.name.trim();
    let ods = consultation.practice.ods_code.as_str();
    let title = names::TITLE;
    match (ruleset, consultation.confidential) {
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

/// `Mr Bill GARTON`.
fn patient_name(patient: &Patient) -> String {
    let family = patient.family_name.as_str().to_owned();
    let parts = patient
        .title
        .iter()
        .chain(&patient.given_names)
        .chain([&family]);
    parts
        .map(|part| part.trim())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
