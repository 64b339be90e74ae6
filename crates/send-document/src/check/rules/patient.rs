//! The patient in the document.

use itk3::{IssueType, ResponseCode, View, identity};
use nhs::{DateOfBirth, NhsNumber};

use crate::check::breach::{Breaches, breach};
use crate::check::subject::{Part, Subject};
use crate::check::table::Party::Sender;
use crate::check::table::{BOTH, GM13, MUST, Row, Rule};
use crate::{Ruleset, names};

const INVALID: Option<ResponseCode> = Some(ResponseCode::PayloadInvalid);
/// How every spelling of the verification status extension's URL ends.
const NUMBER_STATUS: &str = "NHSNumberVerificationStatus-1";

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "GPCM-SD-035",
        binds: &[Sender],
        text: "The patient has one NHS number with its verification status.",
        remedy: "Send one identifier of system nhs-number, ten digits with a good check digit, \
                 with the verification status extension inside it.",
        source: BOTH,
        force: MUST,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_035),
    },
    Row {
        id: "GPCM-SD-036",
        binds: &[Sender],
        text: "The patient has one name, with use official and a family name.",
        remedy: "Send one Patient.name with use official and family.",
        source: GM13,
        force: MUST,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_036),
    },
    Row {
        id: "GPCM-SD-037",
        binds: &[Sender],
        text: "The patient has a full date of birth.",
        remedy: "Send Patient.birthDate as YYYY-MM-DD.",
        source: GM13,
        force: MUST,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_037),
    },
];

fn patient<'s, 'a>(subject: &'s Subject<'a>) -> Option<&'s Part<'a>> {
    subject
        .patient
        .as_ref()
        .filter(|part| part.element.name() == "Patient")
}

fn gpcm_sd_035(subject: &Subject<'_>) -> Breaches {
    let Some(patient) = patient(subject) else {
        return Vec::new();
    };
    let path = patient.at("identifier");
    let Some(identifier) = Subject::identifier(patient, names::NHS_NUMBER) else {
        let what = "expected an NHS number of system nhs-number";
        return vec![breach(path, what).issue(IssueType::Required)];
    };
    let mut found = Vec::new();
    let count = identity::nhs_numbers(patient.element).count();
    if count > 1 {
        let what = format!("expected one NHS number, found {count}");
        found.push(breach(path.clone(), what).issue(IssueType::Structure));
    }
    let value = identifier.value_at("value").unwrap_or_default();
    if NhsNumber::parse(value).is_err() {
        let what = "expected ten digits with a good check digit";
        found.push(breach(path.clone(), what).issue(IssueType::Value));
    } else if !value.bytes().all(|byte| byte.is_ascii_digit()) {
        let what = "expected ten digits without blanks and hyphens: other receivers refuse them";
        let dressed = breach(path.clone(), what).issue(IssueType::Value);
        found.push(match subject.view {
            View::Sender => dressed,
            View::Receiver => dressed.tolerable(),
        });
    }
    let mut extensions = identifier.all("extension");
    if !extensions.any(|e| e.url().is_some_and(|url| url.ends_with(NUMBER_STATUS))) {
        let what = "expected the NHS number's verification status";
        let missing = breach(format!("{path}.extension"), what).issue(IssueType::Extension);
        let tolerated = subject.ruleset == Ruleset::V2_0;
        found.push(if tolerated {
            missing.tolerable()
        } else {
            missing
        });
    }
    found
}

fn gpcm_sd_036(subject: &Subject<'_>) -> Breaches {
    let Some(patient) = patient(subject) else {
        return Vec::new();
    };
    let path = patient.at("name");
    let names: Vec<_> = patient.element.all("name").collect();
    let strict = subject.ruleset == Ruleset::V1_3;
    let official = names
        .iter()
        .find(|name| name.value_at("use") == Some("official"));
    let Some(name) = official.or_else(|| names.first()) else {
        return vec![breach(path, "expected a name").issue(IssueType::Required)];
    };
    let mut found = Vec::new();
    if name
        .value_at("family")
        .is_none_or(|family| family.trim().is_empty())
    {
        let what = "expected a family name";
        found.push(breach(format!("{path}.family"), what).issue(IssueType::Required));
    }
    let formal = [
        (
            names.len() > 1,
            format!("expected one name, found {}", names.len()),
        ),
        (official.is_none(), "expected use official".to_owned()),
    ];
    for (_, what) in formal.into_iter().filter(|(wrong, _)| *wrong) {
        let wrong = breach(path.clone(), what).issue(IssueType::Value);
        found.push(if strict { wrong } else { wrong.tolerable() });
    }
    found
}

fn gpcm_sd_037(subject: &Subject<'_>) -> Breaches {
    let Some(patient) = patient(subject) else {
        return Vec::new();
    };
    let date = patient.value("birthDate").map(DateOfBirth::parse_iso);
    if matches!(date, Some(Ok(_))) {
        return Vec::new();
    }
    let what = "expected a full date, YYYY-MM-DD";
    vec![breach(patient.at("birthDate"), what).issue(IssueType::Value)]
}
