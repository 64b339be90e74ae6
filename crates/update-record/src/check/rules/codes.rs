//! Codes of SNOMED CT and dm+d: check digits, and that people can read what they mean.

use fhir::{Budget, Element};
use itk3::{Checking, IssueType};

use super::super::found::{At, Found};
use super::super::subject::{Subject, value};
use crate::{is_sctid, names};

/// Resources and their elements whose display has a rule of its own.
const OWN_RULE: [(&str, &str); 3] = [
    ("Encounter", "type"),
    ("Observation", "code"),
    ("Condition", "code"),
];

pub(super) fn check(subject: &Subject<'_>, checking: &Checking<'_>, found: &mut Found) {
    let resources = subject.document.iter().flat_map(|it| &it.resources);
    for resource in resources {
        let kind = resource.element.name();
        let mut walk = Walk {
            found,
            budget: checking.budget,
            path: resource.path.clone(),
            is_needed: false,
        };
        for child in resource.element.children() {
            // The profiles of both make the display of every coding here mandatory.
            walk.is_needed =
                kind == "Observation" || (kind, child.name()) == ("Encounter", "reason");
            let has_own_rule = OWN_RULE.contains(&(kind, child.name()));
            walk.child(child, has_own_rule);
        }
        if checking.budget.is_spent() {
            return;
        }
    }
}

struct Walk<'a, 'f> {
    found: &'f mut Found,
    budget: &'a Budget<'a>,
    path: String,
    /// Whether a display that is missing is an error.
    is_needed: bool,
}

impl Walk<'_, '_> {
    fn child(&mut self, child: &Element, is_shown_elsewhere: bool) {
        if !self.budget.step() {
            return;
        }
        let length = self.path.len();
        self.path.push('.');
        self.path.push_str(child.name());
        self.coding(child, is_shown_elsewhere);
        for inner in child.children() {
            self.child(inner, is_shown_elsewhere);
        }
        self.path.truncate(length);
    }

    fn coding(&mut self, element: &Element, is_shown_elsewhere: bool) {
        let system = value(element, "system");
        if !system.is_some_and(|system| [names::SNOMED, names::DMD].contains(&system)) {
            return;
        }
        let at = || At::element(self.path.as_str(), Some(element));
        if value(element, "code").is_some_and(|code| !is_sctid(code)) {
            let what = "expected a code with a good check digit";
            self.found
                .sender_error("UR-D18", at(), what, IssueType::CodeInvalid);
        }
        let is_coding = matches!(element.name(), "coding" | "valueCoding");
        if is_coding && !is_shown_elsewhere && value(element, "display").is_none() {
            let what = "expected the display of the code";
            if self.is_needed {
                self.found.required("UR-D18", at(), what);
            } else {
                self.found.warning("UR-D18", at(), what);
            }
        }
    }
}
