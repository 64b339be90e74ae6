//! Observations that are not sent, or not any more: recognised by what their code is called, never filed
//! by themselves.

use super::super::found::Found;
use super::super::subject::{Resource, codings, value};
use crate::names;

const UNSUPPORTED: [&str; 8] = [
    "oxygen saturation",
    "spo2",
    "pain score",
    "consciousness",
    "acvpu",
    "respiratory rate",
    "inspired oxygen",
    "news2",
];
const REMOVED_IN_1_1_5: [&str; 5] = [
    "delivery date",
    "date of delivery",
    "feeding",
    "smok",
    "date stopped",
];
const REMOVED_IN_1_2_0: [&str; 2] = ["contraception type", "contraceptive"];
/// The heading under which withdrawn social history stood.
const SOCIAL_CONTEXT: &str = "social-context";

/// Tells what is not to be sent; whether anything was told.
pub(super) fn check(observation: &Resource<'_>, found: &mut Found) -> bool {
    let concept = observation.element.at("code");
    let displays = codings(concept).filter_map(|coding| value(coding, "display"));
    let text = concept.and_then(|concept| value(concept, "text"));
    let called: Vec<String> = displays.chain(text).map(str::to_lowercase).collect();
    let is_called = |words: &[&str]| {
        called
            .iter()
            .any(|name| words.iter().any(|word| name.contains(word)))
    };
    let at = || observation.at("code");
    if is_called(&UNSUPPORTED) {
        let what = "expected a vital sign of the guide, found one that is not supported";
        found.warning("UR-O05", at(), what);
    } else if is_called(&REMOVED_IN_1_1_5) || observation.has_tag(&names::HEADINGS, SOCIAL_CONTEXT)
    {
        let what = "expected nothing that 1.1.5 of the guide removed";
        found.warning("UR-O13", at(), what);
    } else if is_called(&REMOVED_IN_1_2_0) {
        let what = "expected no type of contraception, which 1.2.0 of the guide removed";
        found.warning("UR-O14", at(), what);
    } else {
        return false;
    }
    true
}
