//! Whom the composition refers to: custodian, subject, author.

use itk3::{IssueType, ResponseCode, identity};

use super::other_profile;
use crate::check::breach::{Breach, Breaches, breach};
use crate::check::subject::{Part, Subject};
use crate::check::table::Party::Sender;
use crate::check::table::{BOTH, GM13, MUST, MUST_THEN_SHOULD, Row, Rule};
use crate::{Ruleset, names};

const INVALID: Option<ResponseCode> = Some(ResponseCode::PayloadInvalid);

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "GPCM-SD-105",
        binds: &[Sender],
        text: "The composition's custodian is an organisation of the document, profile \
               CareConnect-Organization-1.",
        remedy: "Add the sending practice as Organization and refer custodian to it.",
        source: BOTH,
        force: MUST_THEN_SHOULD,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_105),
    },
    Row {
        id: "GPCM-SD-106",
        binds: &[Sender],
        text: "The composition's subject is the one patient of the document, profile \
               CareConnect-Patient-1.",
        remedy: "Send one Patient and refer subject to it.",
        source: BOTH,
        force: MUST,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_106),
    },
    Row {
        id: "GPCM-SD-107",
        binds: &[Sender],
        text: "The composition's first author is a practitioner of the document, profile \
               CareConnect-Practitioner-1 (2.0: when known, else an organisation).",
        remedy: "Add the Practitioner and refer author to it; under 2.0 the Organization too.",
        source: BOTH,
        force: MUST_THEN_SHOULD,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_107),
    },
    same_as(
        "GPCM-SD-028",
        "The sending organisation is in the document.",
        "GPCM-SD-105",
    ),
    same_as(
        "GPCM-SD-120",
        "The subject refers to the Patient.",
        "GPCM-SD-106",
    ),
    same_as(
        "GPCM-SD-121",
        "The author refers to the Practitioner.",
        "GPCM-SD-107",
    ),
    same_as(
        "GPCM-SD-122",
        "The custodian refers to the Organization.",
        "GPCM-SD-105",
    ),
];

const fn same_as(id: &'static str, text: &'static str, other: &'static str) -> Row {
    Row {
        id,
        binds: &[Sender],
        text,
        remedy: "As for the other requirement.",
        source: GM13,
        force: MUST,
        response: INVALID,
        rule: Rule::With(other),
    }
}

fn gpcm_sd_105(subject: &Subject<'_>) -> Breaches {
    let custodian = subject.custodian.as_ref();
    named(
        subject,
        "custodian",
        custodian,
        "Organization",
        names::ORGANIZATION,
    )
}

fn gpcm_sd_106(subject: &Subject<'_>) -> Breaches {
    let mut found = named(
        subject,
        "subject",
        subject.patient.as_ref(),
        "Patient",
        names::PATIENT,
    );
    let second = identity::patients(subject.root).nth(1);
    found.extend(second.map(|second| {
        let path = subject.place_of(second);
        let what = "expected one Patient in the message, found another";
        breach(path, what).issue(IssueType::Structure)
    }));
    found
}

fn gpcm_sd_107(subject: &Subject<'_>) -> Breaches {
    let author = subject.author.as_ref();
    let is_organisation = author.is_some_and(|part| part.element.name() == "Organization");
    if is_organisation && subject.ruleset == Ruleset::V2_0 {
        return named(
            subject,
            "author",
            author,
            "Organization",
            names::ORGANIZATION,
        );
    }
    named(
        subject,
        "author",
        author,
        "Practitioner",
        names::PRACTITIONER,
    )
}

/// A reference of the composition resolves to a resource of this type and profile.
fn named(
    subject: &Subject<'_>,
    element: &str,
    part: Option<&Part<'_>>,
    kind: &str,
    profile: &str,
) -> Breaches {
    let Some(composition) = &subject.composition else {
        return Vec::new();
    };
    let found: Breach = match part {
        None => {
            let what = format!("expected a reference to the {kind} of the document bundle");
            breach(composition.at(element), what).issue(IssueType::Structure)
        }
        Some(part) if part.element.name() != kind => {
            let what = format!("expected type {kind}, found another");
            breach(composition.at(element), what).issue(IssueType::Value)
        }
        Some(part) if other_profile(part, profile) => {
            let name = profile.rsplit('/').next().unwrap_or_default();
            let what = format!("expected the profile {name}");
            breach(part.at("meta.profile"), what).issue(IssueType::Value)
        }
        Some(_) => return Vec::new(),
    };
    vec![found]
}
