//! Filling in the form: from the practice, its list of patients, or a consultation.

use send_document::{Consultation, Practitioner};

use super::fields::Fields;
use super::moment::{BORN, SEEN_AT, SEEN_ON};
use super::{clinician, notes};
use crate::ListedPatient;
use crate::web::context::Pages;

/// An empty form with what the practice knows of itself: the patient was seen now, by the clinician whom this user
/// used last.
pub(super) fn new(pages: &Pages, known: &[Practitioner]) -> Fields {
    let mut fields = Fields::default();
    let now = pages.practice.inner().local_now();
    SEEN_ON.set_date(&mut fields, now.date());
    SEEN_AT.set_time(&mut fields, now.time());
    clinician::choose_latest(&mut fields, known);
    let config = pages.practice.config();
    fields.set("practice_phone", &config.phone);
    fields.set("practice_address", &config.address.join("\n"));
    notes::offer(&mut fields);
    fields
}

/// Puts a patient of the practice's own list in.
pub(super) fn set_patient(fields: &mut Fields, patient: &ListedPatient) {
    fields.set("nhs_number", &patient.nhs_number.spaced());
    fields.set("family_name", &patient.family_name);
    fields.set("given_names", &patient.given_names);
    fields.set("title", "");
    BORN.set_date(fields, patient.birth_date.date());
    let code = patient.registered_with.as_ref().map(ToString::to_string);
    let name = patient.practice_name.as_deref().map(str::to_owned);
    fields.set("receiving_practice", &name.or(code).unwrap_or_default());
}

/// A consultation as it was entered.
pub(super) fn from_consultation(consultation: &Consultation, known: &[Practitioner]) -> Fields {
    let mut fields = Fields::default();
    let Consultation {
        patient, practice, ..
    } = consultation;
    let address: Vec<&str> = practice
        .address
        .lines
        .iter()
        .chain(&practice.address.postcode)
        .map(String::as_str)
        .collect();
    for (name, value) in [
        ("nhs_number", patient.nhs_number.spaced()),
        ("family_name", patient.family_name.as_str().to_owned()),
        ("given_names", patient.given_names.join(" ")),
        ("title", patient.title.clone().unwrap_or_default()),
        (
            "receiving_practice",
            consultation.receiving_practice.clone(),
        ),
        ("practice_phone", practice.phone.clone()),
        ("practice_address", address.join("\n")),
    ] {
        fields.set(name, &value);
    }
    if consultation.confidential {
        fields.set("confidential", "yes");
    }
    BORN.set_date(&mut fields, patient.birth_date.date());
    SEEN_ON.set_date(&mut fields, consultation.encounter.date.date());
    SEEN_AT.set_time(&mut fields, consultation.encounter.date.time());
    clinician::fill(&mut fields, consultation, known);
    notes::fill(&mut fields, consultation);
    fields
}
