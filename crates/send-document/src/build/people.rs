//! Patient, practitioner and organisations of the document bundle.

use fhir::Element;
use uuid::Uuid;

use super::content::{Organisation, Patient, Practitioner};
use crate::names;

fn resource(kind: &'static str, id: Uuid, profile: &'static str) -> Element {
    Element::new(kind)
        .child("id", id.to_string())
        .profile(profile)
}

fn identifier(system: &'static str, value: &str) -> Element {
    Element::new("identifier")
        .child("system", system)
        .child("value", value)
}

fn work_phone(number: &str) -> Element {
    Element::new("telecom")
        .child("system", "phone")
        .child("value", number)
        .child("use", "work")
}

fn official_name<'a>(
    family: &str,
    given: impl IntoIterator<Item = &'a String>,
    prefix: Option<&String>,
) -> Element {
    Element::new("name")
        .child("use", "official")
        .child("family", family)
        .with_all(
            given
                .into_iter()
                .map(|name| Element::primitive("given", name)),
        )
        .child_if("prefix", prefix)
}

/// GPCM-SD-035 to 037: number with its verification status, official name, date of birth. Nothing
/// else about the patient travels as data.
pub(super) fn patient(id: Uuid, patient: &Patient<'_>) -> Element {
    let (code, display) = patient.nhs_number_status.coding();
    let coding = Element::coding("coding", names::NUMBER_STATUS_CODES, code, display);
    let status = Element::new("valueCodeableConcept").with(coding);
    let number = identifier(names::NHS_NUMBER, &patient.nhs_number.digits())
        .with(Element::extension(names::NUMBER_STATUS_EXTENSION, status));
    let family = patient.family_name.as_str();
    resource("Patient", id, names::PATIENT)
        .with(number)
        .child("active", true)
        .with(official_name(family, patient.given_names, patient.title))
        .child("birthDate", patient.birth_date.date())
}

/// GPCM-SD-032 to 034.
pub(super) fn practitioner(id: Uuid, who: &Practitioner<'_>) -> Element {
    resource("Practitioner", id, names::PRACTITIONER)
        .with(identifier(itk3::names::SDS_USER_ID, who.sds_user_id))
        .with(official_name(who.family_name, who.given_names, who.title))
        .with_all(who.phone.map(work_phone))
}

/// GPCM-SD-029 to 031. A confidential report names it too: it is the message's sender.
pub(super) fn organisation(id: Uuid, organisation: &Organisation<'_>) -> Element {
    let ods_code = organisation.ods_code.as_str();
    resource("Organization", id, names::ORGANIZATION)
        .with(identifier(itk3::names::ODS_ORGANIZATION_CODE, ods_code))
        .child("name", organisation.name)
        .with(work_phone(organisation.phone))
}
