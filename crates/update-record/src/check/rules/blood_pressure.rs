//! Blood pressures: a reading with its systolic and its diastolic part.

use fhir::Element;
use itk3::IssueType;

use super::super::found::Found;
use super::super::subject::{Resource, codings, value};
use crate::names;
use crate::vocabulary::{DAY_AND_NIGHT, TRIPLETS, is_header, is_part};

/// Whether an observation is a blood pressure: by its code, or by that of a component.
pub(super) fn is_one(observation: &Resource<'_>, code: Option<&str>) -> bool {
    let mut parts = observation.element.all("component").filter_map(code_of);
    code.is_some_and(is_header) || parts.any(is_part)
}

fn code_of(component: &Element) -> Option<&str> {
    let mut codings = codings(component.at("code"));
    let coding = codings.find(|coding| value(coding, "system") == Some(names::SNOMED))?;
    value(coding, "code")
}

pub(super) fn check(observation: &Resource<'_>, header: Option<&str>, found: &mut Found) {
    let at = || observation.at("component");
    let all = observation.element.all("component");
    let (ignored, parts): (Vec<_>, Vec<_>) =
        all.partition(|part| code_of(part).is_some_and(|code| DAY_AND_NIGHT.contains(&code)));
    if !ignored.is_empty() {
        let what = "parts for day and night are not filed until they have a code above them";
        found.warning("UR-O10", at(), what);
        if parts.is_empty() {
            return;
        }
    }
    let [systolic, diastolic, more @ ..] = parts.as_slice() else {
        let what = "expected two components, systolic and diastolic";
        return found.error("UR-O04", at(), what, IssueType::Value);
    };
    if ![systolic, diastolic].iter().all(|part| is_measured(part)) {
        let what = "expected a value in mm[Hg] in both components";
        found.error("UR-O04", at(), what, IssueType::Value);
    }
    let codes = (header, code_of(systolic), code_of(diastolic));
    let is_row = TRIPLETS.iter().any(|row| {
        let (reading, upper, lower) = (Some(row.header), Some(row.systolic), Some(row.diastolic));
        codes == (reading, upper, lower) || codes == (reading, lower, upper)
    });
    if !is_row || !more.is_empty() {
        let what = "expected the three codes of one row of the guide, and no further component";
        found.warning("UR-O04", at(), what);
    }
}

fn is_measured(part: &Element) -> bool {
    let quantity = part.at("valueQuantity");
    quantity.is_some_and(|quantity| {
        value(quantity, "value").is_some() && value(quantity, "code") == Some("mm[Hg]")
    })
}
