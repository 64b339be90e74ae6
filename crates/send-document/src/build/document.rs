//! The document bundle: composition, report and attachments, practitioner, organisation, patient.

use fhir::Element;
use itk3::message::entry;
use itk3::urn_uuid;
use nhs::uuid_v4;
use uuid::Uuid;

use super::{BuildParams, people};
use itk3::attachment_types;

use crate::{Consultation, Ruleset, names};

/// The ids of the document's parts.
struct Ids {
    composition: Uuid,
    practitioner: Uuid,
    organisation: Uuid,
    patient: Uuid,
}

/// A binary and the section that shows it.
struct Part {
    title: String,
    id: Uuid,
    binary: Element,
}

/// Builds the bundle; `identifier` is the document's id, `text` its narrative.
pub(super) fn build(
    consultation: &Consultation,
    params: &BuildParams<'_>,
    identifier: Uuid,
    text: &str,
    pdf: &[u8],
) -> Element {
    let uuid = || uuid_v4(params.randomness);
    let ids = Ids {
        composition: uuid(),
        practitioner: uuid(),
        organisation: uuid(),
        patient: uuid(),
    };
    let parts = parts(consultation, params, pdf);
    let composition = composition(consultation, params, &ids, text, &parts);
    let meta = Element::new("meta")
        .child("lastUpdated", params.now)
        .child("profile", itk3::names::DOCUMENT_BUNDLE);
    Element::new("Bundle")
        .child("id", uuid().to_string())
        .with(meta)
        .with(uuid_identifier("identifier", identifier))
        .child("type", "document")
        .with(entry(composition))
        .with_all(parts.into_iter().map(|part| entry(part.binary)))
        .with(entry(people::practitioner(ids.practitioner, consultation)))
        .with(entry(people::organisation(
            ids.organisation,
            &consultation.practice,
        )))
        .with(entry(people::patient(ids.patient, &consultation.patient)))
}

fn uuid_identifier(name: &'static str, value: Uuid) -> Element {
    Element::new(name)
        .child("system", itk3::names::UUID_SYSTEM)
        .child("value", value.to_string())
}

/// GPCM-SD-109 to 112: the report first, each binary in a section of its own. A confidential
/// consultation's attachments are its content and stay at home (GPCM-SD-102).
fn parts(consultation: &Consultation, params: &BuildParams<'_>, pdf: &[u8]) -> Vec<Part> {
    let report = (names::TITLE, attachment_types::PDF, pdf);
    let kept = consultation
        .attachments
        .iter()
        .filter(|_| !consultation.confidential);
    let attached = kept.filter_map(|attachment| {
        let content_type = attachment_types::known(&attachment.content_type)?;
        Some((
            attachment.title.as_str(),
            content_type,
            attachment.content.as_slice(),
        ))
    });
    let part = |(title, content_type, content): (&str, &'static str, &[u8])| {
        let id = uuid_v4(params.randomness);
        let binary = Element::new("Binary")
            .child("id", id.to_string())
            .profile(itk3::names::ATTACHMENT_BINARY)
            .child("contentType", content_type)
            .child("content", fhir::encode_base64(content));
        Part {
            title: title.to_owned(),
            id,
            binary,
        }
    };
    std::iter::once(report).chain(attached).map(part).collect()
}

fn composition(
    consultation: &Consultation,
    params: &BuildParams<'_>,
    ids: &Ids,
    text: &str,
    parts: &[Part],
) -> Element {
    let (code, display) = names::CLINICAL_REPORT;
    let kind = Element::new("type").with(Element::coding("coding", names::SNOMED, code, display));
    let version_id = (params.ruleset == Ruleset::V2_0).then(|| params.version.to_string());
    let meta = Element::new("meta")
        .child_if("versionId", version_id)
        .child("profile", names::COMPOSITION);
    let refer = |name: &'static str, to: Uuid| Element::reference(name, urn_uuid(&to.to_string()));
    let section = |part: &Part| {
        Element::new("section")
            .child("title", part.title.trim())
            .with(refer("entry", part.id))
    };
    let replaces = params.replaces.map(|previous| {
        Element::new("relatesTo")
            .child("code", "replaces")
            .with(uuid_identifier("targetIdentifier", previous))
    });
    Element::new("Composition")
        .child("id", ids.composition.to_string())
        .with(meta)
        .with(Element::narrative(text))
        .with(uuid_identifier("identifier", ids.composition))
        .child("status", "final")
        .with(kind)
        .with(refer("subject", ids.patient))
        .child("date", params.now)
        .with(refer("author", ids.practitioner))
        .child("title", names::TITLE)
        .child(
            "confidentiality",
            if consultation.confidential { "R" } else { "N" },
        )
        .with(refer("custodian", ids.organisation))
        .with_all(replaces)
        .with_all(parts.iter().map(section))
}
