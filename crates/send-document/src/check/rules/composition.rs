//! The composition's own elements.

use itk3::{IssueType, ResponseCode};
use jiff::{SignedDuration, Timestamp};

use crate::Ruleset;
use crate::check::breach::{Breaches, breach, unless};
use crate::check::subject::Subject;
use crate::check::table::Party::Sender;
use crate::check::table::{BOTH, GM13, MUST, MUST_THEN_SHOULD, ONLY_1_3, Row, Rule};
use crate::names;
use crate::sentence::Sentence;

const INVALID: Option<ResponseCode> = Some(ResponseCode::PayloadInvalid);

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "GPCM-SD-114",
        binds: &[Sender],
        text: "The composition's status is final (2.0: also amended, preliminary or \
               entered-in-error).",
        remedy: "Send status final.",
        source: GM13,
        force: MUST,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_114),
    },
    Row {
        id: "GPCM-SD-115",
        binds: &[Sender],
        text: "The document's type is SNOMED 371531000, report of clinical encounter (2.0: any \
               SNOMED document type).",
        remedy: "Send type.coding http://snomed.info/sct 371531000.",
        source: BOTH,
        force: MUST,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_115),
    },
    Row {
        id: "GPCM-SD-116",
        binds: &[Sender],
        text: "The composition's date is when it was made: with time and zone, not after the \
               header's timestamp.",
        remedy: "Send a dateTime with time and zone, the moment of building.",
        source: GM13,
        force: MUST_THEN_SHOULD,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_116),
    },
    Row {
        id: "GPCM-SD-117",
        binds: &[Sender],
        text: "Confidentiality is N, or R for a confidential consultation (2.0: N or absent; a \
               document marked R is not sent, and rejected when it comes).",
        remedy: "Send confidentiality N; under 2.0 do not send a confidential document.",
        source: BOTH,
        force: MUST,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_117),
    },
    Row {
        id: "GPCM-SD-118",
        binds: &[Sender],
        text: "The composition's title is \"Consultation report\".",
        remedy: "Send this title exactly.",
        source: GM13,
        force: ONLY_1_3,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_118),
    },
    Row {
        id: "GPCM-SD-119",
        binds: &[Sender],
        text: "The narrative is one sentence: title, patient, NHS number, practice, ODS code, \
               version; a confidential report leaves practice and ODS code out. It agrees with \
               the document's data.",
        remedy: "Write \"Consultation report for {name}, NHS Number {n}, seen at {practice}, ODS \
                 Code {code}, Version {v}\"; under 2.0 \"{title} for {name}, NHS Number: {n}, seen at \
                 {practice}, {code}, Version: {v}\".",
        source: GM13,
        force: MUST_THEN_SHOULD,
        response: INVALID,
        rule: Rule::Message(gpcm_sd_119),
    },
];

fn gpcm_sd_114(subject: &Subject<'_>) -> Breaches {
    let Some(composition) = &subject.composition else {
        return Vec::new();
    };
    let allowed: &[&str] = match subject.ruleset {
        Ruleset::V1_3 => &["final"],
        Ruleset::V2_0 => &["final", "amended", "entered-in-error", "preliminary"],
    };
    let holds = composition
        .value("status")
        .is_some_and(|status| allowed.contains(&status));
    unless(
        holds,
        composition.at("status"),
        "expected final, found another status",
    )
}

fn gpcm_sd_115(subject: &Subject<'_>) -> Breaches {
    let Some(composition) = &subject.composition else {
        return Vec::new();
    };
    let codings = composition
        .element
        .all("type")
        .flat_map(|kind| kind.all("coding"));
    let mut snomed = codings.filter(|coding| coding.value_at("system") == Some(names::SNOMED));
    let holds = match subject.ruleset {
        Ruleset::V1_3 => snomed.any(|c| c.value_at("code") == Some(names::CLINICAL_REPORT.0)),
        Ruleset::V2_0 => snomed.any(|c| c.value_at("code").is_some()),
    };
    if holds {
        return Vec::new();
    }
    vec![breach(composition.at("type"), "expected SNOMED 371531000").issue(IssueType::CodeInvalid)]
}

fn gpcm_sd_116(subject: &Subject<'_>) -> Breaches {
    let Some(composition) = &subject.composition else {
        return Vec::new();
    };
    let path = composition.at("date");
    let Some(date) = composition
        .value("date")
        .and_then(|d| d.parse::<Timestamp>().ok())
    else {
        return vec![breach(path, "expected a date with time and zone").issue(IssueType::Value)];
    };
    let sent = subject.header.as_ref().and_then(|h| h.value("timestamp"));
    let sent = sent.and_then(|text| text.parse::<Timestamp>().ok());
    // Clocks of two machines of one practice may differ a little.
    let skew = SignedDuration::from_mins(5);
    let late = sent.is_some_and(|sent| date.duration_since(sent) > skew);
    unless(
        !late,
        path,
        "expected a moment not after MessageHeader.timestamp",
    )
}

fn gpcm_sd_117(subject: &Subject<'_>) -> Breaches {
    let Some(composition) = &subject.composition else {
        return Vec::new();
    };
    let path = composition.at("confidentiality");
    match (subject.ruleset, composition.value("confidentiality")) {
        (Ruleset::V1_3, Some("N" | "R")) | (Ruleset::V2_0, Some("N") | None) => Vec::new(),
        (Ruleset::V2_0, Some("R")) => {
            let what = "expected N: a confidential document is not accepted";
            vec![breach(path, what).issue(IssueType::BusinessRule)]
        }
        (_, Some(_)) => {
            vec![breach(path, "expected N or R").issue(IssueType::CodeInvalid)]
        }
        (_, None) => vec![breach(path, "expected N or R, found none").issue(IssueType::Required)],
    }
}

fn gpcm_sd_118(subject: &Subject<'_>) -> Breaches {
    let Some(composition) = &subject.composition else {
        return Vec::new();
    };
    let holds = composition.element.value_at("title") == Some(names::TITLE);
    unless(
        holds,
        composition.at("title"),
        "expected \"Consultation report\"",
    )
}

fn gpcm_sd_119(subject: &Subject<'_>) -> Breaches {
    let Some(composition) = &subject.composition else {
        return Vec::new();
    };
    let path = composition.at("text.div");
    let Some(sentence) = subject.sentence() else {
        return vec![breach(path, "expected the sentence the requirement gives")];
    };
    let wrong = [
        (
            !number_agrees(subject, &sentence),
            "expected the NHS number of the patient",
        ),
        (
            !name_agrees(subject, &sentence),
            "expected the family name of the patient",
        ),
        (
            !place_agrees(subject, &sentence),
            "expected name and ODS code of the custodian",
        ),
        (
            sentence.version.is_none_or(|version| version == 0),
            "expected a version from 1",
        ),
    ];
    let wrong = wrong.into_iter().filter(|(wrong, _)| *wrong);
    wrong
        .map(|(_, what)| breach(path.clone(), what).issue(IssueType::Value))
        .collect()
}

fn number_agrees(subject: &Subject<'_>, sentence: &Sentence<'_>) -> bool {
    let patient = subject.patient.as_ref();
    let number = patient.and_then(|p| Subject::identifier(p, names::NHS_NUMBER)?.value_at("value"));
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    number.is_none_or(|number| digits(number) == digits(sentence.number))
}

fn name_agrees(subject: &Subject<'_>, sentence: &Sentence<'_>) -> bool {
    let family = subject
        .patient
        .as_ref()
        .and_then(|patient| patient.value("name.family"));
    let told = sentence.name.to_lowercase();
    family.is_none_or(|family| told.contains(&family.to_lowercase()))
}

/// GPCM-SD-119: where, only when the report is not confidential.
fn place_agrees(subject: &Subject<'_>, sentence: &Sentence<'_>) -> bool {
    if subject.confidential() {
        return sentence.practice.is_none() && sentence.ods.is_none();
    }
    let (Some(practice), Some(ods)) = (sentence.practice, sentence.ods) else {
        return false;
    };
    subject.custodian.as_ref().is_none_or(|custodian| {
        let code = Subject::identifier(custodian, itk3::names::ODS_ORGANIZATION_CODE);
        let code = code.and_then(|code| code.value_at("value"));
        let name = custodian.value("name");
        code.is_none_or(|code| code.eq_ignore_ascii_case(ods))
            && name.is_none_or(|name| name == practice)
    })
}
