//! The sending organisation in the document.

use itk3::{IssueType, ResponseCode};
use nhs::OdsCode;

use crate::check::breach::{Breaches, breach, unless};
use crate::check::subject::{Part, Subject};
use crate::check::table::Party::Sender;
use crate::check::table::{BOTH, GM13, MUST, MUST_THEN_SHOULD, Row, Rule};

const INVALID: Option<ResponseCode> = Some(ResponseCode::PayloadInvalid);

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "GPCM-SD-029",
        binds: &[Sender],
        text: "The sending organisation has its ODS code.",
        remedy: "Send an identifier of system ods-organization-code.",
        source: GM13,
        force: MUST,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_029),
    },
    Row {
        id: "GPCM-SD-030",
        binds: &[Sender],
        text: "The sending organisation has its name.",
        remedy: "Send Organization.name.",
        source: GM13,
        force: MUST,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_030),
    },
    Row {
        id: "GPCM-SD-031",
        binds: &[Sender],
        text: "The sending organisation has a telephone number.",
        remedy: "Send Organization.telecom with system phone and a value.",
        source: BOTH,
        force: MUST_THEN_SHOULD,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_031),
    },
];

fn organisation<'s, 'a>(subject: &'s Subject<'a>) -> Option<&'s Part<'a>> {
    subject
        .custodian
        .as_ref()
        .filter(|part| part.element.name() == "Organization")
}

fn gpcm_sd_029(subject: &Subject<'_>) -> Breaches {
    let Some(organisation) = organisation(subject) else {
        return Vec::new();
    };
    let code = Subject::identifier(organisation, itk3::names::ODS_ORGANIZATION_CODE);
    let code = code.and_then(|code| code.value_at("value"));
    if code.is_some_and(|code| OdsCode::parse(code).is_ok()) {
        return Vec::new();
    }
    let what = "expected an ODS code of system ods-organization-code";
    vec![breach(organisation.at("identifier"), what).issue(IssueType::Value)]
}

fn gpcm_sd_030(subject: &Subject<'_>) -> Breaches {
    let Some(organisation) = organisation(subject) else {
        return Vec::new();
    };
    unless(
        organisation.value("name").is_some(),
        organisation.at("name"),
        "expected a name",
    )
}

fn gpcm_sd_031(subject: &Subject<'_>) -> Breaches {
    let Some(organisation) = organisation(subject) else {
        return Vec::new();
    };
    let mut telecoms = organisation.element.all("telecom");
    let phone = telecoms.any(|telecom| {
        let value = telecom.value_at("value").map(str::trim);
        telecom.value_at("system") == Some("phone") && value.is_some_and(|v| !v.is_empty())
    });
    unless(
        phone,
        organisation.at("telecom"),
        "expected a telephone number",
    )
}
