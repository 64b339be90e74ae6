//! Patient, practitioners, their roles, and the pharmacy.

use itk3::{Checking, IssueType, identity, names as itk3_names};
use nhs::{DateOfBirth, NhsNumber, OdsCode};

use super::super::found::Found;
use super::super::subject::{Carried, Resource, Subject, codings, value};
use crate::names;

pub(super) fn check(subject: &Subject<'_>, _: &Checking<'_>, found: &mut Found) {
    let Some(document) = &subject.document else {
        return;
    };
    document.all("Patient").for_each(|it| patient(it, found));
    document
        .all("Practitioner")
        .for_each(|it| practitioner(it, found));
    document
        .all("Organization")
        .for_each(|it| organisation(it, found));
    document
        .all("PractitionerRole")
        .for_each(|it| role(document, it, found));
}

fn patient(patient: &Resource<'_>, found: &mut Found) {
    number(patient, found);
    let official = patient
        .element
        .all("name")
        .filter(|it| value(it, "use") == Some("official"));
    let names: Vec<_> = official.take(2).collect();
    let is_one = matches!(names.as_slice(), [name] if value(name, "family").is_some());
    if !is_one {
        let what = "expected one official name with a family name";
        found.required("UR-P02", patient.at("name"), what);
    }
    let born = patient.value("birthDate");
    if born.is_none_or(|born| DateOfBirth::parse_iso(born).is_err()) {
        let what = "expected a full date of birth, YYYY-MM-DD";
        found.required("UR-P03", patient.at("birthDate"), what);
    }
    match patient.value("gender") {
        Some("male" | "female" | "other" | "unknown") => {}
        Some(_) => {
            let what = "expected male, female, other or unknown";
            found.error("UR-P04", patient.at("gender"), what, IssueType::CodeInvalid);
        }
        None => found.warning("UR-P04", patient.at("gender"), "expected the gender"),
    }
}

fn number(patient: &Resource<'_>, found: &mut Found) {
    let numbers: Vec<_> = identity::nhs_numbers(patient.element).take(2).collect();
    let is_good = matches!(numbers.as_slice(), [number] if {
        let status = |url: &str| url.ends_with(names::VERIFICATION_STATUS);
        let digits = value(number, "value");
        digits.is_some_and(|digits| NhsNumber::parse(digits).is_ok())
            && number.all("extension").any(|it| it.url().is_some_and(status))
    });
    if !is_good {
        let what = "expected one NHS number of ten digits with a good check digit, and its \
                    verification status";
        found.error("UR-P01", patient.at("identifier"), what, IssueType::Value);
    }
}

fn practitioner(practitioner: &Resource<'_>, found: &mut Found) {
    let names: Vec<_> = practitioner.element.all("name").take(2).collect();
    if !matches!(names.as_slice(), [name] if value(name, "family").is_some()) {
        let what = "expected one name with a family name";
        found.required("UR-P05", practitioner.at("name"), what);
    }
    if !practitioner
        .element
        .all("identifier")
        .any(|it| value(it, "value").is_some())
    {
        let what = "expected an identifier, the registration number or the sender's own";
        found.warning("UR-P05", practitioner.at("identifier"), what);
    }
}

fn organisation(organisation: &Resource<'_>, found: &mut Found) {
    let mut identifiers = organisation.element.all("identifier");
    let is_ods =
        |it: &&fhir::Element| value(it, "system") == Some(itk3_names::ODS_ORGANIZATION_CODE);
    let code = identifiers.find(is_ods).and_then(|it| value(it, "value"));
    match code {
        None => {
            let what = "expected the ODS code of the pharmacy";
            found.required("UR-P06", organisation.at("identifier"), what);
        }
        Some(code) if OdsCode::parse(code).is_err() => {
            let what = "expected an ODS code, found another form";
            found.warning("UR-P06", organisation.at("identifier.value"), what);
        }
        Some(_) => {}
    }
    if organisation.value("name").is_none() {
        let what = "expected the name of the pharmacy";
        found.required("UR-P06", organisation.at("name"), what);
    }
}

fn role(document: &Carried<'_>, role: &Resource<'_>, found: &mut Found) {
    for (name, kind) in [
        ("practitioner", "Practitioner"),
        ("organization", "Organization"),
    ] {
        if !document.refers_to(role.element.at(name), kind) {
            let what = "expected references to practitioner and organisation";
            found.warning("UR-P07", role.at(name), what);
        }
    }
    let is_coded = codings(role.element.at("code")).any(|coding| {
        let system = value(coding, "system");
        system.is_some_and(|it| names::JOB_ROLES.contains(&it))
            && value(coding, "code").is_some()
            && value(coding, "display").is_some()
    });
    if !is_coded {
        let what = "expected a code of CareConnect-SDSJobRoleName-1 with its display";
        found.warning("UR-P07", role.at("code"), what);
    }
}
