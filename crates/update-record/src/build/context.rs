//! What every resource of a document is built with: ids, meta, references, codes.

use fhir::Element;
use itk3::urn_uuid;
use jiff::Timestamp;
use nhs::{Randomness, uuid_v4};
use uuid::Uuid;

use crate::consultation::CheckedConsultation;
use crate::{Heading, names};

pub(super) struct Context<'a> {
    pub consultation: &'a CheckedConsultation,
    pub now: Timestamp,
    pub randomness: &'a dyn Randomness,
    pub composition: Uuid,
    pub encounter: Uuid,
    pub pharmacy: Uuid,
    pub clinician: Uuid,
    pub patient: Uuid,
}

impl Context<'_> {
    /// `Corner Pharmacy - Community Pharmacy Contraception Service`.
    pub fn title(&self) -> String {
        let name = self.consultation.pharmacy.name.trim();
        format!("{name} - {}", self.consultation.service.display())
    }

    pub fn meta(
        &self,
        kind: &'static str,
        version: Option<u32>,
        heading: Option<Heading>,
    ) -> Element {
        let profile = names::profiles(kind).and_then(|profiles| profiles.first().copied());
        let [system, _] = names::HEADINGS;
        let tag = heading.map(|it| Element::coding("tag", system, it.code(), it.display()));
        Element::new("meta")
            .child_if("versionId", version.map(|version| version.to_string()))
            .child("lastUpdated", self.now)
            .child_if("profile", profile)
            .with_all(tag)
    }

    /// A resource with its id and meta.
    pub fn resource(&self, kind: &'static str, id: Uuid) -> Element {
        Element::new(kind)
            .child("id", id.to_string())
            .with(self.meta(kind, None, None))
    }

    /// A clinical resource: a fresh id, an identifier of the same value, and a heading if it has one.
    pub fn clinical(&self, kind: &'static str, heading: Option<Heading>) -> Element {
        let id = uuid_v4(self.randomness);
        Element::new(kind)
            .child("id", id.to_string())
            .with(self.meta(kind, None, heading))
            .with(identifier(id))
            .with(refer("subject", self.patient))
            .with(refer("context", self.encounter))
    }
}

pub(super) fn refer(name: &'static str, to: Uuid) -> Element {
    Element::reference(name, urn_uuid(&to.to_string()))
}

pub(super) fn identifier(id: Uuid) -> Element {
    named_identifier("identifier", itk3::names::UUID_SYSTEM, &id.to_string())
}

pub(super) fn named_identifier(name: &'static str, system: &'static str, value: &str) -> Element {
    Element::new(name)
        .child("system", system)
        .child("value", value)
}

/// A CodeableConcept with its text beside the code.
pub(super) fn concept(
    name: &'static str,
    system: &'static str,
    code: &str,
    display: &str,
) -> Element {
    Element::new(name)
        .with(Element::coding("coding", system, code, display))
        .child("text", display)
}

pub(super) fn quantity(
    name: &'static str,
    value: &str,
    unit: &str,
    system: &str,
    code: &str,
) -> Element {
    Element::new(name)
        .child("value", value)
        .child("unit", unit)
        .child("system", system)
        .child("code", code)
}
