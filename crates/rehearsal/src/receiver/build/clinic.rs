//! Transfer of Care: an outpatient letter, as a hospital writes it (`docs/spec/itk3-payloads.md` §7).

use fhir::Element;
use itk3::message::{entry, header_organisation};
use itk3::{Handling, Header, Kind, Receiver, RecipientType, names, urn_uuid};
use nhs::{WorkflowId, uuid_v4};
use uuid::Uuid;

use super::{Content, Draft, Making, NotMade, files, letter, report};
use crate::receiver::payload::PayloadName;

const CARE_CONNECT: &str = "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-";
const COMPOSITION: &str =
    "https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-ITK-OPL-Composition-1";
const NUMBER_STATUS: &str = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-NHSNumberVerificationStatus-1";
const SNOMED: &str = "http://snomed.info/sct";
const TITLE: &str = "Outpatient letter";

/// The ids of the letter's parts.
struct Ids {
    document: Uuid,
    composition: Uuid,
    patient: Uuid,
    clinician: Uuid,
    hospital: Uuid,
    practice: Uuid,
    encounter: Uuid,
    binary: Uuid,
}

pub(super) fn build(making: &Making<'_>) -> Result<Draft, NotMade> {
    let uuid = || uuid_v4(making.random);
    let ids = Ids {
        document: uuid(),
        composition: uuid(),
        patient: uuid(),
        clinician: uuid(),
        hospital: uuid(),
        practice: uuid(),
        encounter: uuid(),
        binary: uuid(),
    };
    let (settings, kind) = (making.settings, &Kind::OUTPATIENT_LETTER);
    let definition = kind.definitions.current.first().copied();
    let header = Header {
        id: uuid(),
        event: kind.event,
        timestamp: making.now(),
        endpoint: settings.sender.mailbox.clone(),
        receiver: Some(Receiver::Organization(settings.receiver.ods.clone())),
        handling: Handling {
            business_acknowledgement: true,
            infrastructure_acknowledgement: true,
            recipient_type: RecipientType::ForAction,
            message_definition: definition.unwrap_or_default().to_owned(),
            sender_reference: making.activity.to_string(),
            local_extension: names::NONE.to_owned(),
        },
    };
    let root = itk3::message::build(
        &header,
        &settings.sender.ods,
        document(making, &ids),
        making.random,
    );
    let workflow = WorkflowId::parse(PayloadName::TransferOfCare.workflow());
    Ok(Draft {
        root,
        subject: format!(
            "{TITLE} for {} {}, NHS Number: {}, seen at {}, {}, Version: {}",
            making.patient.given,
            making.patient.family.as_str(),
            making.patient.number.digits(),
            settings.sender.name,
            settings.sender.ods,
            making.version
        ),
        to: String::new(),
        local_id: settings.sender.ods.as_str().to_owned(),
        workflow: workflow.map_err(|error| error.to_string())?,
        // what replaces a letter names the Composition's identifier, which is its id here
        document_id: ids.composition,
    })
}

fn document(making: &Making<'_>, ids: &Ids) -> Element {
    let attachment = (making.content == Content::Attached).then(|| {
        let content = files::pdf(&report::lines(making));
        Element::new("Binary")
            .child("id", ids.binary.to_string())
            .profile(names::ATTACHMENT_BINARY)
            .child("contentType", itk3::attachment_types::PDF)
            .child("content", fhir::encode_base64(&content))
    });
    let meta = Element::new("meta")
        .child("lastUpdated", making.now())
        .child("profile", names::DOCUMENT_BUNDLE);
    Element::new("Bundle")
        .child("id", uuid_v4(making.random).to_string())
        .with(meta)
        .with(identifier(
            "identifier",
            names::UUID_SYSTEM,
            &ids.document.to_string(),
        ))
        .child("type", "document")
        .with(entry(composition(making, ids, attachment.is_some())))
        .with(entry(patient(making, ids)))
        .with(entry(clinician(making, ids)))
        .with(entry(organisation(ids.hospital, &making.settings.sender)))
        .with(entry(organisation(ids.practice, &making.settings.receiver)))
        .with(entry(encounter(making, ids)))
        .with_all(attachment.map(entry))
}

fn composition(making: &Making<'_>, ids: &Ids, is_attached: bool) -> Element {
    let replaces = making.replaces.map(|previous| {
        Element::new("relatesTo")
            .child("code", "replaces")
            .with(identifier(
                "targetIdentifier",
                names::UUID_SYSTEM,
                &previous.to_string(),
            ))
    });
    let enclosed = is_attached.then_some(ids.binary);
    Element::new("Composition")
        .child("id", ids.composition.to_string())
        .profile(COMPOSITION)
        .with(identifier(
            "identifier",
            names::UUID_SYSTEM,
            &ids.composition.to_string(),
        ))
        .child(
            "status",
            if making.version > 1 {
                "amended"
            } else {
                "final"
            },
        )
        .with(concept("type", "823681000000100", TITLE))
        .with(refer("subject", ids.patient))
        .with(refer("encounter", ids.encounter))
        .child("date", making.now())
        .with(refer("author", ids.clinician))
        .child("title", TITLE)
        .with(refer("custodian", ids.hospital))
        .with_all(replaces)
        .with_all(letter::sections(making).into_iter().map(|section| {
            let enclosed = enclosed.filter(|_| section.encloses);
            Element::new("section")
                .child("title", section.title)
                .with(concept("code", section.code, section.title))
                .with(Element::narrative_of(&section.text))
                .with_all(enclosed.map(|id| refer("entry", id)))
        }))
}

fn patient(making: &Making<'_>, ids: &Ids) -> Element {
    let status = Element::new("valueCodeableConcept").with(Element::coding(
        "coding",
        "https://fhir.hl7.org.uk/STU3/CodeSystem/CareConnect-NHSNumberVerificationStatus-1",
        "01",
        "Number present and verified",
    ));
    let number = identifier(
        "identifier",
        names::NHS_NUMBER,
        &making.patient.number.digits(),
    )
    .with(Element::extension(NUMBER_STATUS, status));
    let given = making
        .given()
        .into_iter()
        .map(|name| Element::primitive("given", name));
    Element::new("Patient")
        .child("id", ids.patient.to_string())
        .profile(format!("{CARE_CONNECT}Patient-1"))
        .with(number)
        .with(
            Element::new("name")
                .child("use", "official")
                .child("family", making.patient.family.as_str())
                .with_all(given),
        )
        .child("birthDate", making.born.date())
}

fn clinician(making: &Making<'_>, ids: &Ids) -> Element {
    let who = making.clinician();
    let name = Element::new("name")
        .child("use", "official")
        .child("family", who.family)
        .child("given", who.given)
        .child("prefix", who.title);
    Element::new("Practitioner")
        .child("id", ids.clinician.to_string())
        .profile(format!("{CARE_CONNECT}Practitioner-1"))
        .with(identifier(
            "identifier",
            names::SDS_USER_ID,
            who.sds_user_id,
        ))
        .with(name)
}

fn organisation(id: Uuid, practice: &crate::receiver::generator::Practice) -> Element {
    let telecom = Element::new("telecom")
        .child("system", "phone")
        .child("value", practice.phone.as_str())
        .child("use", "work");
    let mut organisation = header_organisation(id, &practice.ods);
    if let Some(profile) = organisation.at_mut("meta.profile") {
        profile.set_value(format!("{CARE_CONNECT}Organization-1"));
    }
    organisation
        .child("name", practice.name.as_str())
        .with(telecom)
}

fn encounter(making: &Making<'_>, ids: &Ids) -> Element {
    Element::new("Encounter")
        .child("id", ids.encounter.to_string())
        .profile(format!("{CARE_CONNECT}Encounter-1"))
        .with(identifier(
            "identifier",
            names::UUID_SYSTEM,
            &ids.encounter.to_string(),
        ))
        .child("status", "finished")
        .with(refer("subject", ids.patient))
        .with(Element::new("period").child("start", making.now()))
        .with(refer("serviceProvider", ids.hospital))
}

fn identifier(name: &'static str, system: &'static str, value: &str) -> Element {
    Element::new(name)
        .child("system", system)
        .child("value", value)
}

fn concept(name: &'static str, code: &'static str, display: &'static str) -> Element {
    Element::new(name).with(Element::coding("coding", SNOMED, code, display))
}

fn refer(name: &'static str, to: Uuid) -> Element {
    Element::reference(name, urn_uuid(&to.to_string()))
}
