//! Presenting complaints: the rules.

use itk3::ResponseCode;

use crate::check::table::{Keeper, Rule, Strength, Verdict, rule};

pub(in crate::check::rules) const RULES: &[Rule] = &[
    rule(
        "UR-N01",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Code (SNOMED + display), assertedDate, asserter",
    ),
    rule(
        "UR-N02",
        Strength::Should,
        Verdict::Told,
        "clinicalStatus active or resolved; tag presenting-complaints-or-issues",
    ),
    rule(
        "UR-N03",
        Strength::Should,
        Verdict::Kept(Keeper::Receiver),
        "The receiver makes no Problem of it",
    ),
];
