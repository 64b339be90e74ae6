//! From a message to what a receiving practice works with.

use std::collections::HashSet;
use std::fmt;

use fhir::{Bundle, Element};
use itk3::Message;
use nhs::{DateOfBirth, FamilyName, NhsNumber};

use crate::sentence::Sentence;
use crate::{SendDocumentError, attachment_types, identity, listed_name, names};

/// Characters of a name or title that are kept: pages show them, many to a page.
const SHORT: usize = 255;
/// Given names that are kept.
const NAMES: usize = 20;

/// A document as it was received. Whatever the message lacks is `None` or empty:
/// [`check`](crate::check()) says what is wrong with it. Ids and references are without `urn:uuid:`.
#[derive(Clone, PartialEq)]
pub struct ReceivedDocument {
    /// MessageHeader.id: what a response names.
    pub message_header_id: Option<String>,
    /// The outer Bundle.id.
    pub message_bundle_id: Option<String>,
    /// The outer Bundle.identifier.value: with the header's id, what a duplicate message repeats.
    pub message_identifier: Option<String>,
    /// The inner Bundle.id.
    pub document_bundle_id: Option<String>,
    /// What a duplicate document repeats and a replacement names: the inner
    /// Bundle.identifier.value, else Composition.identifier.value, else the inner Bundle.id.
    pub document_id: String,
    /// Composition.identifier.value.
    pub composition_identifier: Option<String>,
    /// The document this one replaces: Composition.relatesTo.targetIdentifier.value.
    pub replaces: Option<String>,
    /// SenderReference, the consultation's id at the sender; `None` when unused.
    pub sender_reference: Option<String>,
    /// MessageHeader.source.endpoint.
    pub sender_mailbox: Option<String>,
    /// ODS code of the header's sender.
    pub sender_ods: Option<String>,
    /// Whom the document is about.
    pub patient: ReceivedPatient,
    /// The first author's name, for people.
    pub practitioner_name: Option<String>,
    /// Name of the organisation that keeps the document.
    pub custodian_name: Option<String>,
    /// Its ODS code.
    pub custodian_ods: Option<String>,
    /// What kind of document it is: Composition.type, by its display, else its text.
    pub document_type: Option<String>,
    /// Composition.title.
    pub title: String,
    /// The narrative as plain text.
    pub text: String,
    /// The version the narrative or Composition.meta.versionId tells.
    pub version: Option<u32>,
    /// Composition.confidentiality is R.
    pub confidential: bool,
    /// RecipientType is FA, or cannot be read (then for action is assumed).
    pub for_action: bool,
    /// The binaries in the order of the sections, then those that no section shows.
    pub attachments: Vec<ReceivedAttachment>,
}

/// Whom a document is about, for matching against the practice's own list.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedPatient {
    /// With a good check digit, else `None`; none as well when the message has a second Patient or the
    /// patient a second NHS number.
    pub nhs_number: Option<NhsNumber>,
    /// Of the official name, else of the first.
    pub family_name: Option<FamilyName>,
    /// The same name's given names.
    pub given_names: Vec<String>,
    /// A full date, else `None`.
    pub birth_date: Option<DateOfBirth>,
}

/// One binary of the document.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedAttachment {
    /// The section's title.
    pub title: String,
    /// The media type, in the spelling Send Document lists where it is a listed one.
    pub content_type: String,
    /// The bytes.
    pub content: Vec<u8>,
}

redacted_debug!(ReceivedPatient, ReceivedAttachment);

impl ReceivedPatient {
    /// `GARTON, Bill`: how lists name the patient.
    pub fn listed_name(&self) -> String {
        let family = self.family_name.as_ref().map_or("", |name| name.as_str());
        listed_name(family, &self.given_names.join(" "))
    }
}

impl fmt::Debug for ReceivedDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedDocument")
            .field("message_header_id", &self.message_header_id)
            .field("document_id", &self.document_id)
            .field("replaces", &self.replaces)
            .field("version", &self.version)
            .field("attachments", &self.attachments.len())
            .finish_non_exhaustive()
    }
}

impl ReceivedDocument {
    /// The report: the first attachment that is a PDF.
    pub fn report(&self) -> Option<&ReceivedAttachment> {
        self.attachments
            .iter()
            .find(|attachment| attachment.content_type == attachment_types::PDF)
    }
}

/// Reads what a message carries, tolerantly.
///
/// # Errors
/// [`SendDocumentError::Unreadable`] when there is no message header, no document bundle, no
/// composition or no document id: then nothing can be shown or kept apart.
pub fn read(message: &fhir::Document) -> Result<ReceivedDocument, SendDocumentError> {
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
    let composition = composition.ok_or(missing("a Composition"))?;
    let document_bundle_id = id(document.element().value_at("id"));
    let composition_identifier = id(composition.value_at("identifier.value"));
    let document_id = id(document.element().value_at("identifier.value"))
        .or_else(|| composition_identifier.clone())
        .or_else(|| document_bundle_id.clone())
        .ok_or(missing("an identifier of the document"))?;
    let handling = message.handling();
    let text = composition
        .at("text.div")
        .and_then(Element::xhtml_text)
        .unwrap_or_default();
    let custodian = document.follow(composition.at("custodian"));
    Ok(ReceivedDocument {
        message_header_id: id(message.id()),
        message_bundle_id: id(root.value_at("id")),
        message_identifier: id(message.identifier()),
        document_bundle_id,
        document_id,
        composition_identifier,
        replaces: id(composition.value_at("relatesTo.targetIdentifier.value")),
        sender_reference: id(handling.sender_reference)
            .filter(|reference| !reference.eq_ignore_ascii_case(itk3::names::NONE)),
        sender_mailbox: id(message.endpoint()),
        sender_ods: message
            .sender_ods_code()
            .map(|code| code.as_str().to_owned()),
        patient: patient(
            document.follow(composition.at("subject")),
            identity::is_certain(root),
        ),
        practitioner_name: practitioner_name(document.follow(composition.at("author"))),
        custodian_name: custodian.and_then(|c| c.value_at("name")).map(short),
        custodian_ods: custodian
            .and_then(|custodian| identifier(custodian, itk3::names::ODS_ORGANIZATION_CODE)),
        document_type: composition
            .value_at("type.coding.display")
            .or_else(|| composition.value_at("type.text"))
            .map(short),
        title: composition.value_at("title").map(short).unwrap_or_default(),
        version: version(composition, &text),
        text,
        confidential: composition.value_at("confidentiality") == Some("R"),
        for_action: handling.recipient_type != Some("FI"),
        attachments: attachments(&document, composition),
    })
}

fn short(text: &str) -> String {
    text.chars().take(SHORT).collect()
}

fn missing(what: &'static str) -> SendDocumentError {
    SendDocumentError::Unreadable(what)
}

/// A non-empty id, trimmed, without `urn:uuid:`.
fn id(value: Option<&str>) -> Option<String> {
    let value = value?.trim();
    let bare = value.strip_prefix(itk3::names::URN_UUID).unwrap_or(value);
    (!bare.is_empty()).then(|| bare.to_owned())
}

fn identifier(resource: &Element, system: &str) -> Option<String> {
    let mut identifiers = resource.all("identifier");
    let identifier = identifiers.find(|i| i.value_at("system") == Some(system))?;
    Some(identifier.value_at("value")?.trim().to_owned())
}

fn version(composition: &Element, text: &str) -> Option<u32> {
    let told = Sentence::parse(text).and_then(|sentence| sentence.version);
    told.or_else(|| composition.value_at("meta.versionId")?.trim().parse().ok())
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

fn practitioner_name(resource: Option<&Element>) -> Option<String> {
    let name = name(resource.filter(|resource| resource.name() == "Practitioner")?)?;
    let parts = ["prefix", "given", "family"]
        .into_iter()
        .flat_map(|part| name.all(part));
    let full = parts
        .filter_map(Element::value)
        .collect::<Vec<_>>()
        .join(" ");
    (!full.is_empty()).then(|| short(&full))
}

/// GPCM-SD-109, 112: by section; several entries in one section are taken too.
fn attachments(document: &Bundle<'_>, composition: &Element) -> Vec<ReceivedAttachment> {
    let mut taken: HashSet<*const Element> = HashSet::new();
    let mut attachments = Vec::new();
    for section in composition.all("section") {
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
