//! From a message of any payload to what a receiving practice works with.

use std::collections::HashSet;

use fhir::{Bundle, Element};
use nhs::{DateOfBirth, FamilyName, NhsNumber};

use super::received::{Received, ReceivedAttachment, ReceivedPatient};
use super::{Inner, PayloadError, sections};
use crate::{Event, Message, attachment_types, identity, names};

/// Characters of a name or title that are kept: pages show them, many to a page.
const SHORT: usize = 255;
/// Given names of one person that are kept.
const NAMES: usize = 20;
/// Given names of everybody that are kept.
const ALL_NAMES: usize = 100;

/// How every spelling of the care setting extension's URL ends.
const CARE_SETTING: &str = "CareSettingType-1";

/// Reads what a message carries, tolerantly: any order of entries, any spelling of references.
///
/// # Errors
/// [`PayloadError::Unreadable`] when there is no message header, no inner bundle, no composition where
/// `inner` is a document, or no id of it: then nothing can be shown or kept apart.
pub fn read(message: &fhir::Document, inner: Inner) -> Result<Received, PayloadError> {
    let root = &message.root;
    let message = Message::of(root).ok_or(missing("a Bundle that begins with a MessageHeader"))?;
    let is_bundle = |resource: &&Element| resource.name() == "Bundle";
    let bundle = message.payload().filter(is_bundle);
    let bundle = bundle.or_else(|| message.bundle().resources().find(is_bundle));
    let document = bundle
        .and_then(Bundle::of)
        .ok_or(missing("a document bundle"))?;
    let composition = document
        .resources()
        .find(|resource| resource.name() == "Composition");
    if composition.is_none() && inner == Inner::Document {
        return Err(missing("a Composition"));
    }
    let of = |path: &str| composition.and_then(|composition| composition.value_at(path));
    let document_bundle_id = id(document.element().value_at("id"));
    let composition_identifier = id(of("identifier.value"));
    let document_id = id(document.element().value_at("identifier.value"))
        .or_else(|| composition_identifier.clone())
        .or_else(|| document_bundle_id.clone())
        .ok_or(missing("an identifier of the document"))?;
    let handling = message.handling();
    let follow = |name: &str| document.follow(composition.and_then(|it| it.at(name)));
    let keeper = follow("custodian").or_else(|| author(&document, composition, "Organization"));
    let subject = follow("subject").or_else(|| {
        let mut all = document.resources();
        all.find(|resource| resource.name() == "Patient")
    });
    Ok(Received {
        event: message.event().and_then(Event::parse),
        message_header_id: id(message.id()),
        message_bundle_id: id(root.value_at("id")),
        message_identifier: id(message.identifier()),
        document_bundle_id,
        document_id,
        composition_identifier,
        replaces: id(of("relatesTo.targetIdentifier.value")),
        sender_reference: id(handling.sender_reference)
            .filter(|reference| !reference.eq_ignore_ascii_case(names::NONE)),
        sender_mailbox: id(message.endpoint()),
        sender_ods: message
            .sender_ods_code()
            .map(|code| code.as_str().to_owned()),
        patient: patient(subject, identity::is_certain(root)),
        practitioner_name: author(&document, composition, "Practitioner").and_then(full_name),
        custodian_name: keeper.and_then(|it| it.value_at("name")).map(short),
        custodian_ods: keeper.and_then(|it| identifier(it, names::ODS_ORGANIZATION_CODE)),
        document_type: in_words(composition.and_then(|it| it.at("type"))),
        document_type_code: of("type.coding.code").map(short),
        care_setting: care_setting(composition),
        about: in_words(composition.and_then(|it| it.at("event.code"))),
        title: of("title").map(short).unwrap_or_default(),
        date: of("date").map(short),
        text: composition
            .and_then(|composition| composition.at("text.div")?.xhtml_text())
            .unwrap_or_default(),
        version: of("meta.versionId").and_then(|version| version.trim().parse().ok()),
        confidential: of("confidentiality") == Some("R"),
        for_action: handling.recipient_type != Some("FI"),
        sections: composition.map_or_else(Vec::new, |it| sections::read(it, &document)),
        attachments: attachments(&document, composition),
        given_names: given_names(message.bundle(), &document),
    })
}

/// A CodeableConcept for people.
fn in_words(concept: Option<&Element>) -> Option<String> {
    let display = concept?.value_at("coding.display");
    display.or_else(|| concept?.value_at("text")).map(short)
}

fn care_setting(composition: Option<&Element>) -> Option<String> {
    let mut extensions = composition?.all("extension");
    let of_setting = |url: &str| url.ends_with(CARE_SETTING);
    let extension = extensions.find(|it| it.url().is_some_and(of_setting))?;
    in_words(extension.at("valueCodeableConcept"))
}

fn short(text: &str) -> String {
    text.chars().take(SHORT).collect()
}

fn missing(what: &'static str) -> PayloadError {
    PayloadError::Unreadable(what)
}

/// A non-empty id, trimmed, without `urn:uuid:`.
fn id(value: Option<&str>) -> Option<String> {
    let value = value?.trim();
    let bare = value.strip_prefix(names::URN_UUID).unwrap_or(value);
    (!bare.is_empty()).then(|| bare.to_owned())
}

fn identifier(resource: &Element, system: &str) -> Option<String> {
    let mut identifiers = resource.all("identifier");
    let identifier = identifiers.find(|i| i.value_at("system") == Some(system))?;
    Some(identifier.value_at("value")?.trim().to_owned())
}

/// The first author of this type.
fn author<'a>(
    document: &Bundle<'a>,
    composition: Option<&'a Element>,
    kind: &str,
) -> Option<&'a Element> {
    let mut authors = composition?.all("author");
    authors.find_map(|author| document.follow(Some(author)).filter(|it| it.name() == kind))
}

/// The official name, else the first.
fn name(resource: &Element) -> Option<&Element> {
    let official = resource
        .all("name")
        .find(|name| name.value_at("use") == Some("official"));
    official.or_else(|| resource.at("name"))
}

fn patient(resource: Option<&Element>, is_certain: bool) -> ReceivedPatient {
    let name = resource.and_then(name);
    let given = name.into_iter().flat_map(|name| name.all("given"));
    ReceivedPatient {
        nhs_number: resource
            .filter(|_| is_certain)
            .and_then(|patient| identifier(patient, names::NHS_NUMBER))
            .and_then(|number| NhsNumber::parse(&number).ok()),
        family_name: name
            .and_then(|name| name.value_at("family"))
            .and_then(|family| FamilyName::parse(family).ok()),
        given_names: given
            .filter_map(Element::value)
            .take(NAMES)
            .map(short)
            .collect(),
        birth_date: resource
            .and_then(|patient| patient.value_at("birthDate"))
            .and_then(|date| DateOfBirth::parse_iso(date).ok()),
    }
}

fn full_name(resource: &Element) -> Option<String> {
    let name = name(resource)?;
    let parts = ["prefix", "given", "family"]
        .into_iter()
        .flat_map(|part| name.all(part));
    let full = parts
        .filter_map(Element::value)
        .collect::<Vec<_>>()
        .join(" ");
    (!full.is_empty()).then(|| short(&full))
}

fn given_names(outer: &Bundle<'_>, inner: &Bundle<'_>) -> Vec<String> {
    let people = outer.resources().chain(inner.resources());
    people
        .filter(|resource| matches!(resource.name(), "Patient" | "Practitioner"))
        .flat_map(|person| person.all("name"))
        .flat_map(|name| name.all("given"))
        .filter_map(Element::value)
        .take(ALL_NAMES)
        .map(short)
        .collect()
}

/// By section, several entries in one section too; then what no section shows.
fn attachments(document: &Bundle<'_>, composition: Option<&Element>) -> Vec<ReceivedAttachment> {
    let mut taken: HashSet<*const Element> = HashSet::new();
    let mut attachments = Vec::new();
    let sections = composition.into_iter().flat_map(|it| it.all("section"));
    for section in sections {
        let title = section.value_at("title").unwrap_or_default();
        for entry in section.all("entry") {
            let binary = document
                .follow(Some(entry))
                .filter(|found| found.name() == "Binary");
            let Some(binary) = binary else { continue };
            if taken.insert(std::ptr::from_ref(binary)) {
                attachments.extend(attachment(title, binary));
            }
        }
    }
    for binary in document
        .resources()
        .filter(|resource| resource.name() == "Binary")
    {
        if taken.insert(std::ptr::from_ref(binary)) {
            attachments.extend(attachment("", binary));
        }
    }
    attachments
}

/// `None` when the content is not base64.
fn attachment(title: &str, binary: &Element) -> Option<ReceivedAttachment> {
    let content_type = binary.value_at("contentType").unwrap_or_default();
    Some(ReceivedAttachment {
        // One section may show many binaries, each of which has the title.
        title: short(title),
        content_type: attachment_types::known(content_type)
            .unwrap_or(content_type)
            .to_owned(),
        content: binary.at("content")?.decode_base64().ok()?,
    })
}
