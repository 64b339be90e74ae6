//! Patient, practitioner and organisation of the document bundle.

use fhir::Element;
use uuid::Uuid;

use crate::Consultation;
use crate::consultation::{Patient, Practice};
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
pub(super) fn patient(id: Uuid, patient: &Patient) -> Element {
    let (code, display) = patient.nhs_number_status.coding();
    let coding = Element::coding("coding", names::NUMBER_STATUS_CODES, code, display);
    let status = Element::new("valueCodeableConcept").with(coding);
    let number = identifier(names::NHS_NUMBER, &patient.nhs_number.digits())
        .with(Element::extension(names::NUMBER_STATUS_EXTENSION, status));
    let family = patient.family_name.as_str();
    resource("Patient", id, names::PATIENT)
        .with(number)
        .child("active", true)
        .with(official_name(
            family,
            &patient.given_names,
            patient.title.as_ref(),
        ))
        .child("birthDate", patient.birth_date.date())
}

/// GPCM-SD-032 to 034. GPCM-SD-102 hides who saw the patient in a confidential report, yet
/// GPCM-SD-107 wants a practitioner: one without identity is sent.
pub(super) fn practitioner(id: Uuid, consultation: &Consultation) -> Element {
    let resource = resource("Practitioner", id, names::PRACTITIONER);
    if consultation.confidential {
        return resource
            .with(identifier(itk3::names::SDS_USER_ID, names::UNKNOWN_USER))
            .with(official_name(names::WITHHELD, [], None));
    }
    let who = &consultation.practitioner;
    let name = official_name(&who.family_name, &who.given_names, who.title.as_ref());
    resource
        .with(identifier(itk3::names::SDS_USER_ID, &who.sds_user_id))
        .with(name)
        .with_all(who.phone.as_deref().map(work_phone))
}

/// GPCM-SD-029 to 031. A confidential report names it too: it is the message's sender.
pub(super) fn organisation(id: Uuid, practice: &Practice) -> Element {
    resource("Organization", id, names::ORGANIZATION)
        .with(identifier(
            itk3::names::ODS_ORGANIZATION_CODE,
            practice.ods_code.as_str(),
        ))
        .child("name", practice.name.trim())
        .with(work_phone(&practice.phone))
}
