//! The bundle inside: the rules.

use itk3::ResponseCode;

use crate::check::table::{Keeper, Rule, Strength, Verdict, rule};

pub(in crate::check::rules) const RULES: &[Rule] = &[
    rule(
        "UR-D01",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Type document; identifier with system and value, other than the outer one",
    ),
    rule(
        "UR-D02",
        Strength::Should,
        Verdict::Told,
        "meta.lastUpdated present (FHIR documents ask it)",
    ),
    rule(
        "UR-D03",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Composition first, exactly one",
    ),
    rule(
        "UR-D04",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Exactly one Patient",
    ),
    rule(
        "UR-D05",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Organization 1..1",
    ),
    rule(
        "UR-D06",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Practitioner 1..*",
    ),
    rule(
        "UR-D07",
        Strength::Should,
        Verdict::Kept(Keeper::Nobody),
        "PractitionerRole 0..* (if known)",
    ),
    rule(
        "UR-D08",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Exactly one Encounter",
    ),
    rule(
        "UR-D09",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "ClinicalImpression 1..*",
    ),
    rule(
        "UR-D10",
        Strength::Should,
        Verdict::Kept(Keeper::Nobody),
        "MedicationDispense, Observation, Condition 0..* each (if recorded)",
    ),
    rule(
        "UR-D11",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Flag, ReferralRequest, Procedure, Appointment are out of scope: the whole message is refused",
    ),
    rule(
        "UR-D12",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Any other resource type or unlisted profile (AllergyIntolerance, Immunization, Medication, MedicationRequest, MedicationStatement, Binary, RelatedPerson, List ) = unsupported profile",
    ),
    rule(
        "UR-D13",
        Strength::Must,
        Verdict::Kept(Keeper::Nobody),
        "No partial acceptance: one bad part refuses all",
    ),
    rule(
        "UR-D14",
        Strength::Should,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "meta.profile present and in the list of section 3; trim white space before comparing",
    ),
    rule(
        "UR-D15",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "fullUrl and references are urn:uuid:<id>, id equals fullUrl; never Type/id",
    ),
    rule(
        "UR-D16",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Each reference resolves inside the message",
    ),
    rule(
        "UR-D17",
        Strength::Must,
        Verdict::Refused(ResponseCode::PayloadInvalid),
        "Subject / patient of every resource = the one Patient; context / encounter = the one Encounter",
    ),
    rule(
        "UR-D18",
        Strength::Should,
        Verdict::RefusedToSender,
        "Coded value: SNOMED or dm+d code passes its check digit (Verhoeff) and has a display",
    ),
];
