//! The practitioner in the document.

use itk3::{IssueType, ResponseCode};

use crate::Ruleset;
use crate::check::breach::{Breaches, breach, unless};
use crate::check::subject::{Part, Subject};
use crate::check::table::Party::Sender;
use crate::check::table::{BOTH, GM13, MUST_THEN_SHOULD, Row, Rule, SHOULD};

const INVALID: Option<ResponseCode> = Some(ResponseCode::PayloadInvalid);

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "GPCM-SD-032",
        binds: &[Sender],
        text: "The practitioner has an SDS user id (UNK when it is not known).",
        remedy: "Send an identifier of system sds-user-id.",
        source: BOTH,
        force: MUST_THEN_SHOULD,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_032),
    },
    Row {
        id: "GPCM-SD-033",
        binds: &[Sender],
        text: "The practitioner has one name, with use official.",
        remedy: "Send one Practitioner.name with use official.",
        source: GM13,
        force: MUST_THEN_SHOULD,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_033),
    },
    Row {
        id: "GPCM-SD-034",
        binds: &[Sender],
        text: "The practitioner's telephone number is sent when it is known.",
        remedy: "Send Practitioner.telecom with system and value, or leave it out.",
        source: GM13,
        force: SHOULD,
        response: None,
        rule: Rule::Message(gpcm_sd_034),
    },
];

fn practitioner<'s, 'a>(subject: &'s Subject<'a>) -> Option<&'s Part<'a>> {
    subject
        .author
        .as_ref()
        .filter(|part| part.element.name() == "Practitioner")
}

fn gpcm_sd_032(subject: &Subject<'_>) -> Breaches {
    let Some(practitioner) = practitioner(subject) else {
        return Vec::new();
    };
    let id = Subject::identifier(practitioner, itk3::names::SDS_USER_ID);
    let id = id.and_then(|id| id.value_at("value")).map(str::trim);
    if id.is_some_and(|id| !id.is_empty()) {
        return Vec::new();
    }
    let what = "expected an SDS user id of system sds-user-id";
    vec![breach(practitioner.at("identifier"), what).issue(IssueType::Required)]
}

fn gpcm_sd_033(subject: &Subject<'_>) -> Breaches {
    let Some(practitioner) = practitioner(subject) else {
        return Vec::new();
    };
    let names: Vec<_> = practitioner.element.all("name").collect();
    let path = practitioner.at("name");
    match names.as_slice() {
        [name] => {
            let official = name.value_at("use") == Some("official");
            unless(official, format!("{path}.use"), "expected official")
        }
        _ => vec![breach(
            path,
            format!("expected one name, found {}", names.len()),
        )],
    }
}

/// The half of it that can be seen: a telecom that is there is complete.
fn gpcm_sd_034(subject: &Subject<'_>) -> Breaches {
    let Some(practitioner) = practitioner(subject) else {
        return Vec::new();
    };
    if subject.ruleset == Ruleset::V2_0 {
        return Vec::new();
    }
    let mut telecoms = practitioner.element.all("telecom");
    let complete = telecoms
        .all(|telecom| telecom.value_at("system").is_some() && telecom.value_at("value").is_some());
    unless(
        complete,
        practitioner.at("telecom"),
        "expected system and value",
    )
}
