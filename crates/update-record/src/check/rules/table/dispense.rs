//! Supplies of medicines: the rules.

use itk3::ResponseCode;

use crate::check::table::{Keeper, Rule, Strength, Verdict, rule};

pub(in crate::check::rules) const RULES: &[Rule] = &[
    rule(
        "UR-T01",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "medicationCodeableConcept, not a reference",
    ),
    rule(
        "UR-T02",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "System https://dmd.nhs.uk, an AMP concept",
    ),
    rule(
        "UR-T03",
        Strength::Should,
        Verdict::Told,
        "Status completed, or stopped for a declined supply",
    ),
    rule(
        "UR-T04",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Subject; exactly one performer; quantity with value, unit, system, code",
    ),
    rule(
        "UR-T05",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "dosageInstruction text and patientInstruction",
    ),
    rule(
        "UR-T06",
        Strength::Should,
        Verdict::Kept(Keeper::Nobody),
        "Type from CareConnect-MedicationSupplyType-1 (list not public here)",
    ),
    rule(
        "UR-T07",
        Strength::Should,
        Verdict::Told,
        "whenHandedOver present (becomes the asserted date in a record)",
    ),
];
