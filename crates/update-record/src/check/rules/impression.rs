//! The texts that stand under headings.

use itk3::Checking;

use super::super::found::Found;
use super::super::subject::{Resource, Subject};
use crate::{Heading, names};

/// Headings under which a text stands; the others are of coded entries.
const OF_TEXTS: [Heading; 6] = [
    Heading::ClinicalSummary,
    Heading::History,
    Heading::RedFlags,
    Heading::Advice,
    Heading::Plan,
    Heading::Signposting,
];

pub(super) fn check(subject: &Subject<'_>, _: &Checking<'_>, found: &mut Found) {
    let Some(document) = &subject.document else {
        return;
    };
    let mut has_any = false;
    let mut has_summary = false;
    for impression in document.all("ClinicalImpression") {
        has_any = true;
        has_summary |= impression.has_tag(&names::HEADINGS, Heading::ClinicalSummary.code());
        elements(impression, found);
        heading(impression, found);
    }
    if has_any && !has_summary {
        let what = "expected a ClinicalImpression tagged clinical-summary";
        found.required("UR-I02", document.at(".entry"), what);
    }
}

fn elements(impression: &Resource<'_>, found: &mut Found) {
    for (path, name) in [
        ("status", "status"),
        ("subject.reference", "subject"),
        ("summary", "summary"),
    ] {
        if impression.value(path).is_none() {
            let what = "expected status, subject and summary";
            found.required("UR-I01", impression.at(name), what);
        }
    }
}

fn heading(impression: &Resource<'_>, found: &mut Found) {
    let is_known = |tag: &str| OF_TEXTS.iter().any(|heading| heading.code() == tag);
    if !impression.tags(&names::HEADINGS).any(is_known) {
        let what = "expected a heading in use, of RecordStandardHeadings, as tag";
        found.warning("UR-I03", impression.at("meta.tag"), what);
    }
}
