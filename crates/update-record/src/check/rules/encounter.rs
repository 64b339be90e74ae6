//! The encounter, and the mark that a patient may not see something.

use fhir::Element;
use itk3::Checking;

use super::super::found::Found;
use super::super::subject::{Carried, Resource, Subject, codings, value};
use crate::names;

pub(super) fn check(subject: &Subject<'_>, _: &Checking<'_>, found: &mut Found) {
    let Some(document) = &subject.document else {
        return;
    };
    for encounter in document.all("Encounter") {
        elements(encounter, found);
        participants(document, encounter, found);
        let has_place = document.all("Organization").next().is_some();
        if has_place && !document.refers_to(encounter.element.at("serviceProvider"), "Organization")
        {
            let what = "expected a reference to the Organization of the pharmacy";
            found.warning("UR-E03", encounter.at("serviceProvider"), what);
        }
    }
    for resource in &document.resources {
        let metas = resource.element.all("meta");
        let mut labels = metas.flat_map(|meta| meta.all("security"));
        if labels.any(|label| value(label, "code") == Some("NOPAT")) {
            let what = "expected no label NOPAT, which 1.1.3 withdrew; it is kept";
            found.warning("UR-E04", resource.at("meta.security"), what);
        }
    }
}

fn elements(encounter: &Resource<'_>, found: &mut Found) {
    let of = |path| encounter.value(path).is_some();
    let types = encounter.element.all("type");
    let types: Vec<&Element> = types.flat_map(|it| codings(Some(it))).take(2).collect();
    let is_typed = types.len() == 1 && encounter.is_coded("type", names::SNOMED);
    for (name, is_there, what) in [
        (
            "identifier",
            of("identifier.system") && of("identifier.value"),
            "expected an identifier with system and value",
        ),
        ("status", of("status"), "expected the status"),
        (
            "type",
            is_typed,
            "expected one SNOMED CT code with its display as type",
        ),
        (
            "subject",
            of("subject.reference"),
            "expected the Patient as subject",
        ),
        (
            "period.start",
            of("period.start"),
            "expected the start of the period",
        ),
    ] {
        if !is_there {
            found.required("UR-E01", encounter.at(name), what);
        }
    }
}

fn participants(document: &Carried<'_>, encounter: &Resource<'_>, found: &mut Found) {
    let mut participants = encounter.element.all("participant").peekable();
    if participants.peek().is_none() {
        let what = "expected a participant";
        return found.required("UR-E02", encounter.at("participant"), what);
    }
    // A document without practitioners has a finding of its own.
    let has_people = document.all("Practitioner").next().is_some();
    for participant in participants {
        let individual = participant.at("individual");
        let target = document.bundle.follow(individual);
        let is_other = target.is_some_and(|it| it.name() != "Practitioner");
        if individual.is_none() || (has_people && is_other) {
            let what = "expected a Practitioner as individual of every participant";
            found.required("UR-E02", encounter.at("participant.individual"), what);
        }
        let mut kinds = codings(participant.at("type")).filter_map(|it| value(it, "code"));
        if !kinds.any(|kind| kind == names::RECORDER) {
            let what = "expected the type REC";
            found.warning("UR-E02", encounter.at("participant.type"), what);
        }
    }
}
