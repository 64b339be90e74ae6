//! Filling in the form: from the practice, its list of patients, or a consultation.

use send_document::Consultation;

use super::fields::Fields;
use super::notes;
use crate::{ListedPatient, PracticeConfig};

/// An empty form with what the practice knows of itself.
pub(super) fn from_practice(config: &PracticeConfig) -> Fields {
    let mut fields = Fields::default();
    fields.set("practice_phone", &config.phone);
    fields.set("practice_address", &config.address.join("\n"));
    notes::offer(&mut fields);
    fields
}

/// The same with a patient of the practice's own list.
pub(super) fn from_patient(config: &PracticeConfig, patient: &ListedPatient) -> Fields {
    let mut fields = from_practice(config);
    fields.set("nhs_number", &patient.nhs_number.spaced());
    fields.set("family_name", &patient.family_name);
    fields.set("given_names", &patient.given_names);
    fields.set("birth_date", &patient.birth_date.iso());
    fields
}

/// A consultation as it was entered.
pub(super) fn from_consultation(consultation: &Consultation) -> Fields {
    let mut fields = Fields::default();
    let Consultation {
        patient,
        practitioner,
        practice,
        ..
    } = consultation;
    let address: Vec<&str> = practice
        .address
        .lines
        .iter()
        .chain(&practice.address.postcode)
        .map(String::as_str)
        .collect();
    let date = consultation.encounter.date.strftime("%Y-%m-%dT%H:%M");
    for (name, value) in [
        ("nhs_number", patient.nhs_number.spaced()),
        ("family_name", patient.family_name.as_str().to_owned()),
        ("given_names", patient.given_names.join(" ")),
        ("title", patient.title.clone().unwrap_or_default()),
        ("birth_date", patient.birth_date.iso()),
        (
            "receiving_practice",
            consultation.receiving_practice.clone(),
        ),
        ("date", date.to_string()),
        ("clinician_id", practitioner.sds_user_id.clone()),
        ("clinician_family_name", practitioner.family_name.clone()),
        ("clinician_given_names", practitioner.given_names.join(" ")),
        ("clinician_role", practitioner.role.clone()),
        ("practice_phone", practice.phone.clone()),
        ("practice_address", address.join("\n")),
    ] {
        fields.set(name, &value);
    }
    if consultation.confidential {
        fields.set("confidential", "yes");
    }
    notes::fill(&mut fields, consultation);
    fields
}
