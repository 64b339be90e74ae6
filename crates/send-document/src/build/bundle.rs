//! The document bundle: composition, files, practitioner, organisations, patient.

use fhir::Element;
use itk3::message::entry;
use itk3::payload::BuildParams;
use itk3::urn_uuid;
use nhs::uuid_v4;
use uuid::Uuid;

use super::content::{Author, Code, Content, Event, File};
use super::people;
use crate::{Ruleset, names};

/// The ids of the document's parts.
struct Ids {
    composition: Uuid,
    practitioner: Uuid,
    custodian: Uuid,
    patient: Uuid,
    author: Uuid,
    /// Of each file.
    files: Vec<Uuid>,
}

impl Ids {
    fn new(content: &Content<'_>, params: &BuildParams<'_>) -> Self {
        let uuid = || uuid_v4(params.randomness);
        Self {
            composition: uuid(),
            practitioner: uuid(),
            custodian: uuid(),
            patient: uuid(),
            author: uuid(),
            files: content.files.iter().map(|_| uuid()).collect(),
        }
    }
}

/// Builds the bundle; `identifier` is the document's id, `text` its narrative.
pub(super) fn build(
    content: &Content<'_>,
    ruleset: Ruleset,
    params: &BuildParams<'_>,
    identifier: Uuid,
    text: &str,
) -> Element {
    let ids = Ids::new(content, params);
    let composition = composition(content, ruleset, params, &ids, text);
    let meta = Element::new("meta")
        .child("lastUpdated", params.now)
        .child("profile", itk3::names::DOCUMENT_BUNDLE);
    let files = content.files.iter().zip(&ids.files);
    let practitioner = content.practitioner.as_ref();
    let author = match &content.author {
        Author::Other(author) => Some(author),
        Author::Nobody | Author::Custodian => None,
    };
    Element::new("Bundle")
        .child("id", uuid_v4(params.randomness).to_string())
        .with(meta)
        .with(uuid_identifier("identifier", identifier))
        .child("type", "document")
        .with(entry(composition))
        .with_all(files.map(|(file, id)| entry(binary(file, *id))))
        .with_all(practitioner.map(|it| entry(people::practitioner(ids.practitioner, it))))
        .with(entry(people::organisation(
            ids.custodian,
            &content.custodian,
        )))
        .with_all(author.map(|it| entry(people::organisation(ids.author, it))))
        .with(entry(people::patient(ids.patient, &content.patient)))
}

fn uuid_identifier(name: &'static str, value: Uuid) -> Element {
    Element::new(name)
        .child("system", itk3::names::UUID_SYSTEM)
        .child("value", value.to_string())
}

fn binary(file: &File<'_>, id: Uuid) -> Element {
    Element::new("Binary")
        .child("id", id.to_string())
        .profile(itk3::names::ATTACHMENT_BINARY)
        .child("contentType", file.content_type)
        .child("content", fhir::encode_base64(file.content))
}

fn concept(name: &'static str, (code, display): Code<'_>) -> Element {
    Element::new(name).with(Element::coding("coding", names::SNOMED, code, display))
}

fn refer(name: &'static str, to: Uuid) -> Element {
    Element::reference(name, urn_uuid(&to.to_string()))
}

fn composition(
    content: &Content<'_>,
    ruleset: Ruleset,
    params: &BuildParams<'_>,
    ids: &Ids,
    text: &str,
) -> Element {
    let version_id = (ruleset == Ruleset::V2_0).then(|| params.version.to_string());
    let meta = Element::new("meta")
        .child_if("versionId", version_id)
        .child("profile", names::COMPOSITION);
    let care_setting = content.care_setting.map(|setting| {
        let setting = concept("valueCodeableConcept", setting);
        Element::extension(names::CARE_SETTING_EXTENSION, setting)
    });
    let replaces = params.replaces.map(|previous| {
        Element::new("relatesTo")
            .child("code", "replaces")
            .with(uuid_identifier("targetIdentifier", previous))
    });
    let sections = content.files.iter().zip(&ids.files);
    Element::new("Composition")
        .child("id", ids.composition.to_string())
        .with(meta)
        .with(Element::narrative(text))
        .with_all(care_setting)
        .with(uuid_identifier("identifier", ids.composition))
        .child("status", content.status)
        .with(concept("type", content.kind))
        .with(refer("subject", ids.patient))
        .child("date", params.now)
        .with_all(authors(content, ids))
        .child("title", content.title)
        .child(
            "confidentiality",
            if content.confidential { "R" } else { "N" },
        )
        .with(refer("custodian", ids.custodian))
        .with_all(replaces)
        .with_all(content.event.as_ref().map(event))
        .with_all(sections.map(|(file, id)| section(file, *id)))
}

fn event(event: &Event<'_>) -> Element {
    let period = Element::new("period")
        .child_if("start", event.start)
        .child_if("end", event.end);
    let has_period = event.start.is_some() || event.end.is_some();
    Element::new("event")
        .with(concept("code", event.code))
        .with_all(has_period.then_some(period))
}

/// The practitioner when known, then the organisation (2.0, GPCM-SD-107).
fn authors(content: &Content<'_>, ids: &Ids) -> impl Iterator<Item = Element> {
    let practitioner = content.practitioner.as_ref().map(|_| ids.practitioner);
    let organisation = match content.author {
        Author::Nobody => None,
        Author::Custodian => Some(ids.custodian),
        Author::Other(_) => Some(ids.author),
    };
    let authors = practitioner.into_iter().chain(organisation);
    authors.map(|author| refer("author", author))
}

fn section(file: &File<'_>, id: Uuid) -> Element {
    Element::new("section")
        .child("title", file.title.trim())
        .with_all(file.text.map(Element::narrative))
        .with(refer("entry", id))
}
