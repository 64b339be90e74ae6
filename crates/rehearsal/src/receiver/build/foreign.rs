//! An event of the national service (NEMS), as it lies in the same mailbox: a message Bundle without ITK3's header.

use fhir::Element;
use itk3::message::entry;
use itk3::{names, urn_uuid};
use nhs::{WorkflowId, uuid_v4};

use super::{Draft, Making, NotMade};

const PROFILES: &str = "https://fhir.nhs.uk/STU3/StructureDefinition/";
/// Who was born, by the service of demographics.
const EVENT: (&str, &str) = ("pds-birth-notification-1", "PDS Birth Notification");
/// What carries it.
const WORKFLOW: &str = "BIRTHNOTIFICATION_1";

/// The event of somebody's birth.
pub(in crate::receiver) fn national_event(making: &Making<'_>) -> Result<Draft, NotMade> {
    let uuid = || uuid_v4(making.random);
    let (bundle, header, sender, patient) = (uuid(), uuid(), uuid(), uuid());
    let who = making.patient;
    let number = |name: &'static str| {
        Element::new(name)
            .child("system", names::NHS_NUMBER)
            .child("value", who.number.digits())
    };
    let human = |name: &'static str| {
        Element::new(name)
            .child("use", "official")
            .child("family", who.family.as_str())
            .with_all(
                making
                    .given()
                    .into_iter()
                    .map(|given| Element::primitive("given", given)),
            )
    };
    let routing = Element::extension(
        format!("{PROFILES}Extension-RoutingDemographics-1"),
        Element::extension("nhsNumber", number("valueIdentifier")),
    )
    .with(Element::extension("name", human("valueHumanName")))
    .with(Element::extension(
        "birthDateTime",
        Element::primitive("valueDateTime", making.born.iso()),
    ));
    let kind = Element::new("valueCodeableConcept").with(Element::coding(
        "coding",
        "https://fhir.nhs.uk/STU3/CodeSystem/MessageEventType-1",
        "new",
        "New event message",
    ));
    let (code, display) = EVENT;
    let header = Element::new("MessageHeader")
        .child("id", header.to_string())
        .profile(format!("{PROFILES}Event-MessageHeader-1"))
        .with(routing)
        .with(Element::extension(
            format!("{PROFILES}Extension-MessageEventType-1"),
            kind,
        ))
        .with(Element::coding(
            "event",
            "https://fhir.nhs.uk/STU3/CodeSystem/EventType-1",
            code,
            display,
        ))
        .child("timestamp", making.now())
        .with(Element::new("source").child("endpoint", making.settings.sender.mailbox.as_str()))
        .with(Element::reference(
            "responsible",
            urn_uuid(&sender.to_string()),
        ))
        .with(Element::reference("focus", urn_uuid(&patient.to_string())));
    let organisation = itk3::message::header_organisation(sender, &making.settings.sender.ods)
        .child("name", making.settings.sender.name.as_str());
    let patient = Element::new("Patient")
        .child("id", patient.to_string())
        .with(number("identifier"))
        .with(human("name"))
        .child("birthDate", making.born.date());
    let root = Element::new("Bundle")
        .child("id", bundle.to_string())
        .child("type", "message")
        .with(entry(header))
        .with(entry(organisation))
        .with(entry(patient));
    Ok(Draft {
        root,
        subject: display.to_owned(),
        to: making.settings.receiver.mailbox.as_str().to_owned(),
        local_id: making.settings.sender.ods.as_str().to_owned(),
        workflow: WorkflowId::parse(WORKFLOW).map_err(|error| error.to_string())?,
        document_id: bundle,
    })
}
