//! Supplies of medicines.

use itk3::{Checking, IssueType};

use super::super::found::Found;
use super::super::subject::{Resource, Subject, codings, value};
use crate::names;

pub(super) fn check(subject: &Subject<'_>, checking: &Checking<'_>, found: &mut Found) {
    let supplies = subject
        .document
        .iter()
        .flat_map(|it| it.all("MedicationDispense"));
    for supply in supplies {
        if !checking.budget.step() {
            return;
        }
        medicine(supply, found);
        if !matches!(supply.value("status"), Some("completed" | "stopped")) {
            let what = "expected the status completed, or stopped for a declined supply";
            found.warning("UR-T03", supply.at("status"), what);
        }
        quantity(supply, found);
        dosage(supply, found);
        if supply.value("whenHandedOver").is_none() {
            let what = "expected when it was handed over";
            found.warning("UR-T07", supply.at("whenHandedOver"), what);
        }
    }
}

fn medicine(supply: &Resource<'_>, found: &mut Found) {
    let Some(concept) = supply.element.at("medicationCodeableConcept") else {
        let what = "expected medicationCodeableConcept";
        let issue = IssueType::NotSupported;
        return found.error("UR-T01", supply.at("medicationReference"), what, issue);
    };
    let mut systems = codings(Some(concept))
        .filter(|coding| value(coding, "code").is_some())
        .filter_map(|coding| value(coding, "system"));
    let at = || supply.at("medicationCodeableConcept");
    // Codes of dm+d are codes of SNOMED CT. Whether one is of an actual product is not known here.
    let best = systems.clone().find(|system| *system == names::DMD);
    match best.or_else(|| systems.find(|system| *system == names::SNOMED)) {
        Some(names::DMD) => {}
        Some(_) => {
            let what = "expected the code system of dm+d, found that of SNOMED CT";
            found.warning("UR-T02", at(), what);
        }
        None => {
            let what = "expected a code of dm+d";
            found.error("UR-T02", at(), what, IssueType::CodeInvalid);
        }
    }
}

fn quantity(supply: &Resource<'_>, found: &mut Found) {
    let parts = ["value", "unit", "system", "code"];
    let of = |part: &&str| supply.value(&format!("quantity.{part}")).is_some();
    let at = |name| supply.at(name);
    if supply.value("subject.reference").is_none() {
        found.required("UR-T04", at("subject"), "expected the Patient as subject");
    }
    if supply.element.all("performer").take(2).count() != 1 {
        found.required("UR-T04", at("performer"), "expected exactly one performer");
    }
    if !parts.iter().all(of) {
        let what = "expected a quantity with value, unit, system and code";
        found.required("UR-T04", at("quantity"), what);
    }
}

fn dosage(supply: &Resource<'_>, found: &mut Found) {
    let mut dosages = supply.element.all("dosageInstruction").peekable();
    let is_told = |it: &fhir::Element| value(it, "text").is_some();
    if dosages.peek().is_none() || !dosages.clone().all(is_told) {
        let what = "expected the text of the dosage";
        found.required("UR-T05", supply.at("dosageInstruction"), what);
    } else if !dosages.all(|it| value(it, "patientInstruction").is_some()) {
        let what = "expected the instruction to the patient";
        found.warning("UR-T05", supply.at("dosageInstruction"), what);
    }
}
