//! The document: composition, encounter, people and places, then the clinical entries.

use fhir::Element;
use itk3::message::entry;
use itk3::names as itk3_names;
use nhs::uuid_v4;
use uuid::Uuid;

use super::context::{Context, concept, identifier, named_identifier, refer};
use super::{entries, observations};
use crate::consultation::Gender;
use crate::names;

/// Builds the bundle; `identifier` is the document's id.
pub(super) fn build(
    context: &Context<'_>,
    identifier: Uuid,
    version: u32,
    replaces: Option<Uuid>,
) -> Element {
    let mut parts = vec![encounter(context), pharmacy(context), clinician(context)];
    parts.extend(role(context));
    parts.push(patient(context));
    parts.extend(observations::build(context));
    parts.extend(entries::supplies(context));
    parts.extend(entries::complaints(context));
    parts.extend(entries::texts(context));
    let composition = composition(context, version, replaces, &parts);
    let meta = Element::new("meta")
        .child("lastUpdated", context.now)
        .child("profile", itk3_names::DOCUMENT_BUNDLE);
    Element::new("Bundle")
        .child("id", uuid_v4(context.randomness).to_string())
        .with(meta)
        .with(super::context::identifier(identifier))
        .child("type", "document")
        .with(entry(composition))
        .with_all(parts.into_iter().map(entry))
}

fn composition(
    context: &Context<'_>,
    version: u32,
    replaces: Option<Uuid>,
    parts: &[Element],
) -> Element {
    let service = context.consultation.service;
    let replaced = replaces.map(|previous| {
        let (name, value) = ("targetIdentifier", previous.to_string());
        Element::new("relatesTo")
            .child("code", "replaces")
            .with(named_identifier(name, itk3_names::UUID_SYSTEM, &value))
    });
    let listed = parts.iter().filter_map(|part| part.value_at("id"));
    let listed = listed.map(|id| Element::reference("entry", itk3::urn_uuid(id)));
    Element::new("Composition")
        .child("id", context.composition.to_string())
        .with(context.meta("Composition", Some(version), None))
        .with(identifier(context.composition))
        .child("status", "final")
        .with(concept(
            "type",
            names::SNOMED,
            service.code(),
            service.display(),
        ))
        .with(refer("subject", context.patient))
        .with(refer("encounter", context.encounter))
        .child("date", context.consultation.day)
        .with(refer("author", context.clinician))
        .child("title", context.title())
        .with_all(replaced)
        .with(Element::new("section").with_all(listed))
}

fn encounter(context: &Context<'_>) -> Element {
    let service = context.consultation.service;
    let participant = Element::new("participant")
        .with(concept(
            "type",
            names::PARTICIPANTS,
            names::RECORDER,
            "recorder",
        ))
        .with(refer("individual", context.clinician));
    let period = Element::new("period")
        .child("start", context.consultation.start)
        .child_if("end", context.consultation.end);
    let (code, display) = names::SEEN;
    context
        .resource("Encounter", context.encounter)
        .with(identifier(context.encounter))
        .child("status", "finished")
        .with(concept("type", names::SNOMED, code, display))
        .with(refer("subject", context.patient))
        .with(participant)
        .with(period)
        .with(concept(
            "reason",
            names::SNOMED,
            service.code(),
            service.display(),
        ))
        .with(refer("serviceProvider", context.pharmacy))
}

fn pharmacy(context: &Context<'_>) -> Element {
    let (system, ods) = (
        itk3_names::ODS_ORGANIZATION_CODE,
        context.consultation.ods(),
    );
    context
        .resource("Organization", context.pharmacy)
        .with(named_identifier("identifier", system, ods.as_str()))
        .child("name", context.consultation.pharmacy.name.trim())
}

fn clinician(context: &Context<'_>) -> Element {
    let clinician = &context.consultation.clinician;
    let registration = clinician
        .gphc
        .as_deref()
        .map(|number| named_identifier("identifier", names::GPHC_NUMBER, number.trim()));
    let name = Element::new("name")
        .child("family", clinician.family.trim())
        .child_if("given", clinician.given.as_deref().map(str::trim))
        .child_if("prefix", clinician.prefix.as_deref().map(str::trim));
    context
        .resource("Practitioner", context.clinician)
        .with_all(registration)
        .with(identifier(context.clinician))
        .with(name)
}

fn role(context: &Context<'_>) -> Option<Element> {
    let role = context.consultation.clinician.role.as_ref()?;
    let [system, _] = names::JOB_ROLES;
    let resource = context.resource("PractitionerRole", uuid_v4(context.randomness));
    Some(
        resource
            .with(refer("practitioner", context.clinician))
            .with(refer("organization", context.pharmacy))
            .with(concept(
                "code",
                system,
                role.code.trim(),
                role.display.trim(),
            )),
    )
}

fn patient(context: &Context<'_>) -> Element {
    let patient = &context.consultation.patient;
    let (code, display) = names::NUMBER_VERIFIED;
    let status = concept(
        "valueCodeableConcept",
        names::NUMBER_STATUS_CODES,
        code,
        display,
    );
    let number = named_identifier(
        "identifier",
        itk3_names::NHS_NUMBER,
        &patient.nhs_number.digits(),
    )
    .with(Element::extension(names::NUMBER_STATUS_EXTENSION, status));
    let given = patient
        .given
        .iter()
        .map(|name| Element::primitive("given", name.trim()));
    let name = Element::new("name")
        .child("use", "official")
        .child("family", patient.family.as_str())
        .with_all(given);
    let gender = patient.gender.map(|gender| match gender {
        Gender::Female => "female",
        Gender::Male => "male",
        Gender::Other => "other",
        Gender::Unknown => "unknown",
    });
    let postcode = patient.postcode.as_deref().map(str::trim);
    let address = postcode.map(|postcode| Element::new("address").child("postalCode", postcode));
    context
        .resource("Patient", context.patient)
        .with(number)
        .with(identifier(context.patient))
        .with(name)
        .child_if("gender", gender)
        .child("birthDate", patient.birth_date.date())
        .with_all(address)
}
