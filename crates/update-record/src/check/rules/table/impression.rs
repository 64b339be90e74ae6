//! Texts under headings: the rules.

use itk3::ResponseCode;

use crate::check::table::{Keeper, Rule, Strength, Verdict, rule};

pub(in crate::check::rules) const RULES: &[Rule] = &[
    rule(
        "UR-I01",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Status, subject, summary (free text)",
    ),
    rule(
        "UR-I02",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "At least one tagged clinical-summary",
    ),
    rule(
        "UR-I03",
        Strength::Should,
        Verdict::Told,
        "meta.tag system RecordStandardHeadings, code of section 4.2, main headings only",
    ),
    rule(
        "UR-I04",
        Strength::Should,
        Verdict::Kept(Keeper::Nobody),
        "One text per resource; a second value of the same heading is a second resource",
    ),
];
