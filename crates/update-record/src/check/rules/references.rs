//! How resources name each other, and that all are about one patient and one encounter.

use fhir::{Budget, Element};
use itk3::{Checking, IssueType, names, same_id};

use super::super::found::{At, Found};
use super::super::subject::{Carried, Resource, Subject};

/// Elements that name whom a resource is about, and in which encounter it was made.
const SUBJECTS: [&str; 2] = ["subject", "patient"];
const CONTEXTS: [&str; 2] = ["context", "encounter"];
/// Resources that should name the encounter; that of the composition has a rule of its own.
const IN_CONTEXT: [&str; 4] = [
    "ClinicalImpression",
    "Observation",
    "MedicationDispense",
    "Condition",
];

pub(super) fn check(subject: &Subject<'_>, checking: &Checking<'_>, found: &mut Found) {
    let Some(document) = &subject.document else {
        return;
    };
    let patient = document.patient();
    for resource in &document.resources {
        full_url(resource, found);
        context(document, resource, found);
        about(document, resource, patient, found);
        let mut walk = Walk {
            document,
            found,
            budget: checking.budget,
            path: resource.path.clone(),
        };
        walk.element(resource.element);
        if checking.budget.is_spent() {
            return;
        }
    }
}

/// Whether it begins as the name of an entry does, in small letters or capitals.
fn is_urn(text: &str) -> bool {
    let begin = text.get(..names::URN_UUID.len());
    begin.is_some_and(|begin| begin.eq_ignore_ascii_case(names::URN_UUID))
}

fn full_url(resource: &Resource<'_>, found: &mut Found) {
    let url = resource.entry.value_at("fullUrl").unwrap_or_default();
    let id = resource.element.value_at("id").unwrap_or_default();
    if !is_urn(url) || !same_id(url, id) {
        let entry = resource.path.rfind(".resource.");
        let path = entry
            .and_then(|end| resource.path.get(..end))
            .unwrap_or_default();
        let at = At::element(format!("{path}.fullUrl"), Some(resource.entry));
        let what = "expected urn:uuid: and the id of the resource as fullUrl";
        found.error("UR-D15", at, what, IssueType::Value);
    }
}

fn context(document: &Carried<'_>, resource: &Resource<'_>, found: &mut Found) {
    for name in CONTEXTS {
        let reference = resource.element.at(name);
        let target = document.bundle.follow(reference);
        if target.is_some_and(|target| target.name() != "Encounter") {
            let what = "expected the Encounter, found a reference to something else";
            found.error("UR-D17", resource.at(name), what, IssueType::Invariant);
        } else if name == "context"
            && reference.is_none()
            && IN_CONTEXT.contains(&resource.element.name())
        {
            let what = "expected a reference to the Encounter";
            found.warning("UR-D17", resource.at(name), what);
        }
    }
}

fn about(
    document: &Carried<'_>,
    resource: &Resource<'_>,
    patient: Option<&Element>,
    found: &mut Found,
) {
    for name in SUBJECTS {
        let target = document.bundle.follow(resource.element.at(name));
        let is_other = target.is_some_and(|target| {
            target.name() != "Patient" || patient.is_none_or(|it| !std::ptr::eq(it, target))
        });
        if is_other {
            let what = "expected the one Patient, found a reference to something else";
            found.error("UR-D17", resource.at(name), what, IssueType::Invariant);
        }
    }
}

struct Walk<'a, 'f> {
    document: &'a Carried<'a>,
    found: &'f mut Found,
    budget: &'a Budget<'a>,
    path: String,
}

impl Walk<'_, '_> {
    fn element(&mut self, element: &Element) {
        if !self.budget.step() {
            return;
        }
        if let Some(target) = element.value_at("reference") {
            self.reference(element, target.trim());
        }
        for child in element.children() {
            let length = self.path.len();
            self.path.push('.');
            self.path.push_str(child.name());
            self.element(child);
            self.path.truncate(length);
        }
    }

    fn reference(&mut self, element: &Element, target: &str) {
        let (id, what, issue) = if !is_urn(target) {
            let what = "expected a reference by urn:uuid:, found another form";
            ("UR-D15", what, IssueType::Value)
        } else if self.document.bundle.resolve(target).is_none() {
            let what = "expected an entry of the document with this fullUrl";
            ("UR-D16", what, IssueType::Invariant)
        } else {
            return;
        };
        let at = At::element(self.path.as_str(), Some(element));
        self.found.error(id, at, what, issue);
    }
}
