//! Patient, practitioner and organisation: the rules.

use itk3::ResponseCode;

use crate::check::table::{Rule, Strength, Verdict, rule};

pub(in crate::check::rules) const RULES: &[Rule] = &[
    rule(
        "UR-P01",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "NHS number identifier with verification extension, ten digits, modulus 11",
    ),
    rule(
        "UR-P02",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "One official name with family",
    ),
    rule(
        "UR-P03",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "birthDate YYYY-MM-DD",
    ),
    rule(
        "UR-P04",
        Strength::Should,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Gender from AdministrativeGender, if known",
    ),
    rule(
        "UR-P05",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "One name with family; at least one identifier (registration number under gphc-number, or a supplier id)",
    ),
    rule(
        "UR-P06",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "ODS code and name of the pharmacy",
    ),
    rule(
        "UR-P07",
        Strength::Should,
        Verdict::Told,
        "Practitioner, organization; code from SDSJobRoleName with display, either code-system URL",
    ),
];
