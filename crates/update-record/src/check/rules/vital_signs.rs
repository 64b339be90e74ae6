//! Vital signs: a value with its unit.

use itk3::IssueType;

use super::super::found::Found;
use super::super::subject::{Resource, value};
use super::observation::{is_of, value_of};
use crate::{names, vocabulary};

/// Vital signs that carry no value.
const WITHOUT_VALUE: [&str; 3] = [
    vocabulary::ABPM_REPORT,
    vocabulary::ABPM_DECLINED,
    vocabulary::IRREGULAR_PULSE,
];

pub(super) fn check(observation: &Resource<'_>, code: Option<&str>, found: &mut Found) {
    let declines = || {
        let display = observation.value("code.coding.display").unwrap_or_default();
        display.to_lowercase().contains("declined")
    };
    let carries_none = code.is_some_and(|code| WITHOUT_VALUE.contains(&code)) || declines();
    if !is_of(observation, "vital-signs") || (carries_none && value_of(observation).is_none()) {
        return;
    }
    if observation.element.at("valueAttachment").is_some() {
        // Its place is another rule's.
        return;
    }
    let Some(quantity) = observation.element.at("valueQuantity") else {
        let what = "expected a quantity as value of a vital sign";
        return found.error(
            "UR-O03",
            observation.at("valueQuantity"),
            what,
            IssueType::Required,
        );
    };
    if value(quantity, "value").is_none() {
        let what = "expected the value of the quantity";
        found.required("UR-O03", observation.at("valueQuantity.value"), what);
    }
    let unit = value(quantity, "code");
    let is_known = unit.is_some_and(|unit| vocabulary::UNITS.contains(&unit));
    if value(quantity, "system") != Some(names::UCUM) || !is_known {
        let what = "expected a unit of UCUM that is known for vital signs";
        found.warning("UR-O03", observation.at("valueQuantity.code"), what);
    }
}
