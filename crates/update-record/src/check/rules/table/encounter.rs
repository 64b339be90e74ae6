//! The encounter: the rules.

use itk3::ResponseCode;

use crate::check::table::{Rule, Strength, Verdict, rule};

pub(in crate::check::rules) const RULES: &[Rule] = &[
    rule(
        "UR-E01",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Identifier, status, type (1 SNOMED coding with display), subject, period.start",
    ),
    rule(
        "UR-E02",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Participant 1..*, individual to Practitioner; type REC",
    ),
    rule(
        "UR-E03",
        Strength::Should,
        Verdict::Told,
        "serviceProvider to Organization, if known",
    ),
    rule(
        "UR-E04",
        Strength::Must,
        Verdict::Told,
        "meta.security NOPAT is not sent",
    ),
];
