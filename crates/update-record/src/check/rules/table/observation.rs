//! Observations: the rules.

use itk3::ResponseCode;

use crate::check::table::{Keeper, Rule, Strength, Verdict, rule};

pub(in crate::check::rules) const RULES: &[Rule] = &[
    rule(
        "UR-O01",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Identifier, status, code (SNOMED + display), subject, issued",
    ),
    rule(
        "UR-O02",
        Strength::Should,
        Verdict::Told,
        "Category vital-signs or social-history; either category system",
    ),
    rule(
        "UR-O03",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Vital sign: valueQuantity with UCUM system and a unit of section 4.4",
    ),
    rule(
        "UR-O04",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Blood pressure: header code, two components, the three codes from one row of section 4.3, both mm[Hg]",
    ),
    rule(
        "UR-O05",
        Strength::Must,
        Verdict::Told,
        "Vital signs listed as unsupported (oxygen saturation, pain score, consciousness, respiratory rate, inspired oxygen, NEWS2) are not sent",
    ),
    rule(
        "UR-O06",
        Strength::Should,
        Verdict::Told,
        "Social-history: code only, no value",
    ),
    rule(
        "UR-O07",
        Strength::Should,
        Verdict::Kept(Keeper::Sender),
        "Reference range with < or > goes to referenceRange.text",
    ),
    rule(
        "UR-O08",
        Strength::Should,
        Verdict::Kept(Keeper::Sender),
        "Irregular pulse: second Observation 61086009 beside the rate",
    ),
    rule(
        "UR-O09",
        Strength::May,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "ABPM report: code 725956001, valueAttachment with contentType, data and a telling title; the only place where a PDF may occur",
    ),
    rule(
        "UR-O10",
        Strength::Should,
        Verdict::Told,
        "The four day/night ABPM codes are to be ignored",
    ),
    rule(
        "UR-O11",
        Strength::Must,
        Verdict::RefusedToSender,
        "Code and display do not contradict (77386006 means pregnant, 60001007 not pregnant)",
    ),
    rule(
        "UR-O12",
        Strength::May,
        Verdict::Told,
        "Pregnancy code with gender male",
    ),
    rule(
        "UR-O13",
        Strength::Must,
        Verdict::Told,
        "Removed in 1.1.5: expected delivery date, feeding status, smoking status, date stopped",
    ),
    rule(
        "UR-O14",
        Strength::Must,
        Verdict::Told,
        "Removed in 1.2.0: contraception type",
    ),
];
