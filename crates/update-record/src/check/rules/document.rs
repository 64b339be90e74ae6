//! The bundle inside: its own elements, and which resources are in it.

use itk3::{Checking, IssueType};

use super::super::found::Found;
use super::super::subject::{Carried, Resource, Subject, value};
use crate::names;

/// Resource types that the guide names as out of scope.
const OUT_OF_SCOPE: [&str; 4] = ["Flag", "ReferralRequest", "Procedure", "Appointment"];

pub(super) fn check(subject: &Subject<'_>, checking: &Checking<'_>, found: &mut Found) {
    let Some(document) = &subject.document else {
        return;
    };
    bundle(subject, document, found);
    composition_first(document, found);
    counts(subject, document, found);
    for resource in &document.resources {
        if !checking.budget.step() {
            return;
        }
        kind(resource, found);
        profile(resource, found);
    }
}

fn bundle(subject: &Subject<'_>, document: &Carried<'_>, found: &mut Found) {
    let bundle = document.bundle.element();
    if value(bundle, "type") != Some("document") {
        let what = "expected a bundle of type document";
        found.error("UR-D01", document.at(".type"), what, IssueType::Value);
    }
    let identifier = value(bundle, "identifier.value");
    if identifier.is_none() || value(bundle, "identifier.system").is_none() {
        let what = "expected an identifier with system and value";
        found.required("UR-D01", document.at(".identifier"), what);
    } else if identifier == value(subject.root, "identifier.value") {
        let what = "expected another identifier than that of the message";
        found.warning("UR-D01", document.at(".identifier"), what);
    }
    if value(bundle, "meta.lastUpdated").is_none() {
        let what = "expected meta.lastUpdated";
        found.warning("UR-D02", document.at(".meta.lastUpdated"), what);
    }
    if value(bundle, "meta.profile") != Some(itk3::names::DOCUMENT_BUNDLE) {
        let what = "expected the profile ITK-Document-Bundle-1";
        found.warning("UR-D14", document.at(".meta.profile"), what);
    }
}

fn composition_first(document: &Carried<'_>, found: &mut Found) {
    let first = document.bundle.first();
    let is_first = first.is_some_and(|first| first.name() == "Composition");
    if !is_first || document.all("Composition").nth(1).is_some() {
        let what = "expected one Composition, in the first entry";
        found.error("UR-D03", document.at(".entry"), what, IssueType::Structure);
    }
}

fn counts(subject: &Subject<'_>, document: &Carried<'_>, found: &mut Found) {
    let at = || document.at(".entry");
    if itk3::identity::patients(subject.root).take(2).count() != 1 {
        let what = "expected exactly one Patient";
        found.error("UR-D04", at(), what, IssueType::Structure);
    }
    for (kind, id, what) in [
        (
            "Organization",
            "UR-D05",
            "expected the Organization of the pharmacy",
        ),
        ("Practitioner", "UR-D06", "expected a Practitioner"),
        (
            "ClinicalImpression",
            "UR-D09",
            "expected a ClinicalImpression",
        ),
    ] {
        if document.all(kind).next().is_none() {
            found.required(id, at(), what);
        }
    }
    if document.all("Organization").nth(1).is_some() {
        found.warning("UR-D05", at(), "expected one Organization, found several");
    }
    if document.all("Encounter").count() != 1 {
        let what = "expected exactly one Encounter";
        found.error("UR-D08", at(), what, IssueType::Structure);
    }
}

/// All or nothing: what is not in the list refuses the whole message.
fn kind(resource: &Resource<'_>, found: &mut Found) {
    let name = resource.element.name();
    let id = if OUT_OF_SCOPE.contains(&name) {
        "UR-D11"
    } else {
        "UR-D12"
    };
    if names::profiles(name).is_none() {
        let what = "expected a resource that Update Record carries, found one that it does not";
        found.error(id, resource.at("id"), what, IssueType::NotSupported);
    } else if resource.element.at("contained").is_some() {
        let what = "expected an entry for every resource, found one inside another";
        found.error(
            "UR-D12",
            resource.at("contained"),
            what,
            IssueType::NotSupported,
        );
    }
}

fn profile(resource: &Resource<'_>, found: &mut Found) {
    let Some(known) = names::profiles(resource.element.name()) else {
        return;
    };
    let metas = resource.element.all("meta");
    let mut named = metas.flat_map(|meta| meta.all("profile")).peekable();
    let at = || resource.at("meta.profile");
    if named.peek().is_none() {
        return found.warning("UR-D14", at(), "expected the profile of the resource");
    }
    let is_known = |profile: &fhir::Element| {
        let profile = profile.value().unwrap_or_default().trim();
        known.iter().position(|known| *known == profile)
    };
    match named.filter_map(is_known).min() {
        Some(0) => {}
        Some(_) => found.warning("UR-D14", at(), "expected another profile, known and read"),
        None => {
            let what = "expected a profile of Update Record, found another";
            found.error("UR-D14", at(), what, IssueType::NotSupported);
        }
    }
}
