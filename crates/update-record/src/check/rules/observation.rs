//! Observations: what all of them have, and the kinds with rules of their own.

use fhir::Element;
use itk3::{Checking, IssueType};

use super::super::found::Found;
use super::super::subject::{Carried, Resource, Subject, codings, value};
use super::{blood_pressure, vital_signs, withdrawn};
use crate::{names, vocabulary};

pub(super) fn check(subject: &Subject<'_>, checking: &Checking<'_>, found: &mut Found) {
    let Some(document) = &subject.document else {
        return;
    };
    for observation in document.all("Observation") {
        if !checking.budget.step() {
            return;
        }
        elements(observation, found);
        let code = observation.codes("code", names::SNOMED).next();
        category(observation, code, found);
        attachment(observation, code, found);
        pregnancy(document, observation, code, found);
        let is_blood_pressure = blood_pressure::is_one(observation, code);
        if is_blood_pressure {
            blood_pressure::check(observation, code, found);
        }
        if !withdrawn::check(observation, found) && !is_blood_pressure {
            vital_signs::check(observation, code, found);
        }
    }
}

/// The value, whatever its type.
pub(super) fn value_of<'a>(observation: &Resource<'a>) -> Option<&'a Element> {
    let mut children = observation.element.children().iter();
    children.find(|child| child.name().starts_with("value"))
}

/// Whether a category of this code is stated, under either URL.
pub(super) fn is_of(observation: &Resource<'_>, category: &str) -> bool {
    let categories = observation.element.all("category");
    categories.flat_map(|it| codings(Some(it))).any(|coding| {
        value(coding, "code") == Some(category)
            && value(coding, "system").is_some_and(|it| names::OBSERVATION_CATEGORIES.contains(&it))
    })
}

fn elements(observation: &Resource<'_>, found: &mut Found) {
    for (name, is_there) in [
        (
            "identifier",
            observation.value("identifier.value").is_some(),
        ),
        ("status", observation.value("status").is_some()),
        ("code", observation.is_coded("code", names::SNOMED)),
        ("subject", observation.value("subject.reference").is_some()),
        ("issued", observation.value("issued").is_some()),
    ] {
        if !is_there {
            let what =
                "expected identifier, status, SNOMED CT code with display, subject and issued";
            found.required("UR-O01", observation.at(name), what);
        }
    }
}

fn category(observation: &Resource<'_>, code: Option<&str>, found: &mut Found) {
    let (vital, social) = (
        is_of(observation, "vital-signs"),
        is_of(observation, "social-history"),
    );
    let needs_none = code.is_some_and(|code| {
        [vocabulary::ABPM_DECLINED, vocabulary::IRREGULAR_PULSE].contains(&code)
    });
    let is_absent = observation.element.at("category").is_none();
    let may_be_without = needs_none && is_absent;
    if !(vital || social || may_be_without) {
        let what = "expected the category vital-signs or social-history";
        found.warning("UR-O02", observation.at("category"), what);
    }
    if social && !vital && value_of(observation).is_some() {
        let what = "expected a code only, found a value";
        found.warning("UR-O06", observation.at("category"), what);
    }
}

/// A PDF may be in one place only: the report of ambulatory blood pressure monitoring.
fn attachment(observation: &Resource<'_>, code: Option<&str>, found: &mut Found) {
    let Some(attachment) = observation.element.at("valueAttachment") else {
        return;
    };
    let at = |below: &str| observation.at(&format!("valueAttachment{below}"));
    if code != Some(vocabulary::ABPM_REPORT) {
        let what = "expected an attachment only as report of ambulatory blood pressure monitoring";
        return found.error("UR-O09", at(""), what, IssueType::NotSupported);
    }
    let data = attachment.at("data");
    let is_readable = data.is_some_and(|data| data.decode_base64().is_ok_and(|it| !it.is_empty()));
    if !is_readable || value(attachment, "contentType").is_none() {
        let what = "expected contentType, and data in base64";
        found.error("UR-O09", at(".data"), what, IssueType::Value);
    }
    if value(attachment, "title").is_none() {
        found.warning(
            "UR-O09",
            at(".title"),
            "expected a title that tells what it is",
        );
    }
}

fn pregnancy(
    document: &Carried<'_>,
    observation: &Resource<'_>,
    code: Option<&str>,
    found: &mut Found,
) {
    let is_pregnant = match code {
        Some(vocabulary::PREGNANT) => true,
        Some(vocabulary::NOT_PREGNANT) => false,
        _ => return,
    };
    let concept = observation.element.at("code");
    let displays = codings(concept).filter_map(|coding| value(coding, "display"));
    let mut texts = displays.chain(concept.and_then(|concept| value(concept, "text")));
    if texts.any(|text| vocabulary::denies(text) == is_pregnant) {
        let what =
            "expected code and display to say the same: 77386006 is pregnant, 60001007 is not";
        found.sender_error("UR-O11", observation.at("code"), what, IssueType::Value);
    }
    let patient = document.patient();
    if patient.and_then(|patient| value(patient, "gender")) == Some("male") {
        let what = "expected no pregnancy status of a patient whose gender is male";
        found.warning("UR-O12", observation.at("code"), what);
    }
}
