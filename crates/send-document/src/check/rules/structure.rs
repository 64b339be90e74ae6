//! How the message is put together: bundles, first entries, profiles.

use itk3::{IssueType, ResponseCode};

use super::other_profile;
use crate::check::breach::{Breach, Breaches, breach};
use crate::check::subject::{Part, Subject};
use crate::check::table::Party::{Receiver, Sender};
use crate::check::table::{BOTH, GM13, MUST, MUST_THEN_SHOULD, Row, Rule};
use crate::names;

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "GPCM-C-02",
        binds: &[Sender, Receiver],
        text: "The message follows ITK3 Message Distribution: bundles, header, handling \
               extension, FHIR STU3 itself.",
        remedy: "See the ITK3 and FHIR findings.",
        source: BOTH,
        force: MUST,
        response: None,
        rule: Rule::Elsewhere("crates/itk3/src/check/mod.rs: message"),
    },
    Row {
        id: "GPCM-SD-103",
        binds: &[Sender],
        text: "The header's focus is the document bundle of the message.",
        remedy: "Refer focus to a Bundle of type document with profile ITK-Document-Bundle-1.",
        source: BOTH,
        force: MUST,
        response: Some(ResponseCode::PayloadInvalid),
        rule: Rule::Message(gpcm_sd_103),
    },
    Row {
        id: "GPCM-SD-104",
        binds: &[Sender],
        text: "The document bundle begins with its one composition, profile \
               CareConnect-Composition-1.",
        remedy: "Put exactly one Composition into the document bundle, as its first entry.",
        source: BOTH,
        force: MUST,
        response: Some(ResponseCode::PayloadInvalid),
        rule: Rule::Message(gpcm_sd_104),
    },
    Row {
        id: "GPCM-SD-113",
        binds: &[Sender],
        text: "The composition is the first resource of the document.",
        remedy: "As for GPCM-SD-104.",
        source: GM13,
        force: MUST,
        response: Some(ResponseCode::PayloadInvalid),
        rule: Rule::With("GPCM-SD-104"),
    },
    Row {
        id: "GPCM-SD-108",
        binds: &[Sender],
        text: "Every resource states its profile in meta.profile.",
        remedy: "Add meta.profile with the profile's URL.",
        source: BOTH,
        force: MUST_THEN_SHOULD,
        response: Some(ResponseCode::PayloadInvalid),
        rule: Rule::Message(gpcm_sd_108),
    },
];

fn gpcm_sd_103(subject: &Subject<'_>) -> Breaches {
    let Some(header) = &subject.header else {
        return Vec::new();
    };
    let path = header.at("focus");
    match &subject.focus {
        None => {
            let what = "expected a reference to the document bundle of the message";
            let found = breach(path, what).issue(IssueType::Structure);
            vec![found.answer(ResponseCode::HeaderInvalid)]
        }
        Some(focus) if focus.element.name() != "Bundle" => {
            vec![breach(path, "expected a Bundle").issue(IssueType::Structure)]
        }
        Some(focus) => {
            let kind = focus.value("type") != Some("document");
            let kind = kind.then(|| breach(focus.at("type"), "expected document"));
            let profile = other_profile(focus, itk3::names::DOCUMENT_BUNDLE).then(|| {
                let what = "expected the profile ITK-Document-Bundle-1";
                breach(focus.at("meta.profile"), what)
            });
            kind.into_iter()
                .chain(profile)
                .map(|b| b.issue(IssueType::Structure))
                .collect()
        }
    }
}

fn gpcm_sd_104(subject: &Subject<'_>) -> Breaches {
    let Some(document) = &subject.document else {
        return Vec::new();
    };
    let first = subject
        .inner
        .first()
        .is_some_and(|part| part.element.name() == "Composition");
    let count = subject
        .inner
        .iter()
        .filter(|part| part.element.name() == "Composition")
        .count();
    let place = (!first || count > 1).then(|| {
        let what = format!("expected one Composition, as the first entry, found {count}");
        breach(document.at("entry"), what).issue(IssueType::Structure)
    });
    let composition = subject.composition.as_ref();
    let profile = composition
        .filter(|part| other_profile(part, names::COMPOSITION))
        .map(|part| {
            let what = "expected the profile CareConnect-Composition-1";
            breach(part.at("meta.profile"), what).issue(IssueType::Value)
        });
    place.into_iter().chain(profile).collect()
}

fn gpcm_sd_108(subject: &Subject<'_>) -> Breaches {
    let missing = |part: &&Part<'_>| part.element.at("meta.profile").is_none();
    let found = |part: &Part<'_>| -> Breach {
        breach(part.at("meta.profile"), "expected a profile, found none").issue(IssueType::Required)
    };
    let outer = subject.outer.iter().filter(missing).map(|part| {
        let found = found(part);
        if part.element.name() == "Bundle" {
            found
        } else {
            found.answer(ResponseCode::HeaderInvalid)
        }
    });
    outer
        .chain(subject.inner.iter().filter(missing).map(found))
        .collect()
}
