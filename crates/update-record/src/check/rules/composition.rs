//! The composition.

use std::collections::HashSet;

use itk3::{Checking, IssueType};

use super::super::found::Found;
use super::super::subject::{Carried, Resource, Subject};
use crate::{Service, names};

/// Resources that a section should list.
const LISTED: [&str; 4] = [
    "MedicationDispense",
    "Observation",
    "Condition",
    "ClinicalImpression",
];

pub(super) fn check(subject: &Subject<'_>, _: &Checking<'_>, found: &mut Found) {
    let Some(document) = &subject.document else {
        return;
    };
    let Some(composition) = document.composition() else {
        return;
    };
    identity(composition, found);
    service(document, composition, found);
    parts(document, composition, found);
    sections(document, composition, found);
    replacement(composition, found);
}

fn identity(composition: &Resource<'_>, found: &mut Found) {
    if ["identifier.system", "identifier.value"]
        .iter()
        .any(|path| composition.value(path).is_none())
    {
        let what = "expected an identifier with system and value";
        found.required("UR-C01", composition.at("identifier"), what);
    }
    match composition.value("status") {
        Some("final") => {}
        Some("amended") if composition.element.at("relatesTo").is_some() => {}
        Some("amended") => {
            let what = "expected final, or relatesTo with the document that is amended";
            found.warning("UR-C01", composition.at("status"), what);
        }
        _ => {
            let what = "expected final, or amended for a replacement";
            found.error("UR-C01", composition.at("status"), what, IssueType::Value);
        }
    }
}

fn service(document: &Carried<'_>, composition: &Resource<'_>, found: &mut Found) {
    let codes: Vec<_> = composition.codes("type", names::SNOMED).take(2).collect();
    let service = match codes.as_slice() {
        [code] => Service::of_code(code),
        _ => None,
    };
    match service {
        None => {
            let what = "expected the SNOMED CT code of one service of Update Record";
            let issue = IssueType::CodeInvalid;
            found.error("UR-C02", composition.at("type"), what, issue);
        }
        Some(Service::UrgentSupply) => {
            let what = "urgent supply is not among the services that are assured for Update Record";
            found.warning("UR-C02", composition.at("type"), what);
        }
        Some(_) => {}
    }
    for encounter in document.all("Encounter") {
        let mut reasons = encounter.codes("reason", names::SNOMED);
        if service.is_some_and(|service| !reasons.any(|reason| reason == service.code())) {
            let what = "expected the service of the composition's type as reason";
            found.warning("UR-C09", encounter.at("reason"), what);
        }
    }
}

fn parts(document: &Carried<'_>, composition: &Resource<'_>, found: &mut Found) {
    for (name, is_there) in [
        ("subject", composition.value("subject.reference").is_some()),
        ("date", composition.value("date").is_some()),
        ("title", composition.value("title").is_some()),
        ("author", composition.element.at("author").is_some()),
    ] {
        if !is_there {
            let what = format!("expected the element {name}");
            found.required("UR-C03", composition.at(name), &what);
        }
    }
    let mut authors = composition.element.all("author").peekable();
    // One that leads nowhere has a finding of its own, and so has a document without practitioners.
    let has_people = document.all("Practitioner").next().is_some();
    let is_person = |author| {
        let target = document.bundle.follow(Some(author));
        target.is_none_or(|target| target.name() == "Practitioner")
    };
    if has_people && authors.peek().is_some() && !authors.any(is_person) {
        let what = "expected a Practitioner as author";
        found.required("UR-C03", composition.at("author"), what);
    }
    if composition.element.at("encounter").is_none() {
        let what = "expected a reference to the Encounter";
        found.warning("UR-C03", composition.at("encounter"), what);
    }
}

fn sections(document: &Carried<'_>, composition: &Resource<'_>, found: &mut Found) {
    let mut listed = HashSet::new();
    let mut waiting = vec![composition.element];
    while let Some(holder) = waiting.pop() {
        waiting.extend(holder.all("section"));
        let entries = holder
            .all("entry")
            .filter_map(|entry| document.bundle.follow(Some(entry)));
        listed.extend(entries.map(std::ptr::from_ref));
        if holder.name() == "section" && holder.at("text").is_some() {
            let what = "expected entries only, found a text in a section";
            let issue = IssueType::NotSupported;
            found.error("UR-C06", composition.at("section.text"), what, issue);
        }
    }
    let is_listed = |it: &Resource<'_>| listed.contains(&std::ptr::from_ref(it.element));
    for kind in ["Encounter", "ClinicalImpression"] {
        let mut all = document.all(kind).peekable();
        if all.peek().is_some() && !all.any(is_listed) {
            let what =
                "expected the Encounter and a ClinicalImpression among the section's entries";
            found.required("UR-C04", composition.at("section.entry"), what);
            return;
        }
    }
    let clinical = document
        .resources
        .iter()
        .filter(|it| LISTED.contains(&it.element.name()));
    for resource in clinical.filter(|it| !is_listed(it)) {
        let what = "expected every clinical entry in a section, found one that is in none";
        found.warning("UR-C05", resource.at("id"), what);
    }
}

fn replacement(composition: &Resource<'_>, found: &mut Found) {
    for relation in composition.element.all("relatesTo") {
        let at = || composition.at("relatesTo");
        if relation.value_at("code") != Some("replaces") {
            let what = "expected replaces, found another relation, which is ignored";
            found.warning("UR-C07", at(), what);
            continue;
        }
        let target = relation.value_at("targetIdentifier.value").map(str::trim);
        if target.is_none_or(str::is_empty) {
            let what = "expected targetIdentifier, the identifier of what is replaced";
            found.required("UR-C07", composition.at("relatesTo.target"), what);
        }
        if composition.value("meta.versionId").is_none() {
            let what = "expected meta.versionId in a replacement";
            found.warning("UR-C08", composition.at("meta.versionId"), what);
        }
    }
}
