//! Presenting complaints.

use itk3::Checking;

use super::super::found::Found;
use super::super::subject::{Resource, Subject};
use crate::{Heading, names};

pub(super) fn check(subject: &Subject<'_>, _: &Checking<'_>, found: &mut Found) {
    let conditions = subject.document.iter().flat_map(|it| it.all("Condition"));
    for condition in conditions {
        elements(condition, found);
        if !matches!(
            condition.value("clinicalStatus"),
            Some("active" | "resolved")
        ) {
            let what = "expected the clinical status active or resolved";
            found.warning("UR-N02", condition.at("clinicalStatus"), what);
        }
        let heading = Heading::PresentingComplaints.code();
        if !condition.has_tag(&names::HEADINGS, heading) {
            let what = "expected the tag presenting-complaints-or-issues";
            found.warning("UR-N02", condition.at("meta.tag"), what);
        }
    }
}

fn elements(condition: &Resource<'_>, found: &mut Found) {
    for (name, is_there) in [
        ("code", condition.is_coded("code", names::SNOMED)),
        ("assertedDate", condition.value("assertedDate").is_some()),
        ("asserter", condition.value("asserter.reference").is_some()),
    ] {
        if !is_there {
            let what = "expected SNOMED CT code with display, assertedDate and asserter";
            found.required("UR-N01", condition.at(name), what);
        }
    }
}
