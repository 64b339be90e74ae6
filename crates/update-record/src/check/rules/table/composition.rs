//! The composition: the rules.

use itk3::ResponseCode;

use crate::check::table::{Rule, Strength, Verdict, rule};

pub(in crate::check::rules) const RULES: &[Rule] = &[
    rule(
        "UR-C01",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Identifier (system + value) and status final; amended for a replacement is accepted",
    ),
    rule(
        "UR-C02",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Type: one SNOMED code of section 4.1",
    ),
    rule(
        "UR-C03",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Subject, encounter, date, author (Practitioner), title present",
    ),
    rule(
        "UR-C04",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "section.entry holds the Encounter and at least one ClinicalImpression",
    ),
    rule(
        "UR-C05",
        Strength::Should,
        Verdict::Told,
        "section.entry lists every clinical resource of the bundle (all examples list all ten kinds but the Composition)",
    ),
    rule(
        "UR-C06",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "No HTML in section.text",
    ),
    rule(
        "UR-C07",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Replacement: relatesTo.code replaces + targetIdentifier of the payload replaced, always the previous one",
    ),
    rule(
        "UR-C08",
        Strength::Should,
        Verdict::Told,
        "meta.versionId carries the version",
    ),
    rule(
        "UR-C09",
        Strength::Should,
        Verdict::Told,
        "Encounter.reason code = Composition.type code",
    ),
];
