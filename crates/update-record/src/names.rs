//! Every URL of Update Record that is not ITK3's own.

/// The workflow; that of the answers has `_ACK` behind it.
pub(crate) const WORKFLOW: &str = "GPCONNECT_UPDATE_RECORD";

pub(crate) const SNOMED: &str = "http://snomed.info/sct";
pub(crate) const DMD: &str = "https://dmd.nhs.uk";
pub(crate) const UCUM: &str = "http://unitsofmeasure.org";

/// Headings of the PRSB in `meta.tag`: the first is written, both are read.
pub(crate) const HEADINGS: [&str; 2] = [
    "https://fhir.nhs.uk/CodeSystem/RecordStandardHeadings",
    "https://fhir.hl7.org.uk/CodeSystem/UKCore-RecordStandardHeadings",
];
/// Categories of observations: what the examples write, and STU3's own.
pub(crate) const OBSERVATION_CATEGORIES: [&str; 2] = [
    "http://terminology.hl7.org/CodeSystem/observation-category",
    "http://hl7.org/fhir/observation-category",
];
/// Job roles: the code system's own URL, and the one that the profile of PractitionerRole fixes.
pub(crate) const JOB_ROLES: [&str; 2] = [
    "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-SDSJobRoleName-1",
    "https://fhir.hl7.org.uk/STU3/CodeSystem/CareConnect-SDSJobRoleName-1",
];
/// Who records a consultation.
pub(crate) const RECORDER: &str = "REC";
/// Code system of who takes part in an encounter.
pub(crate) const PARTICIPANTS: &str =
    "https://fhir.nhs.uk/STU3/CodeSystem/GPConnect-ParticipantType-1";
/// Encounter.type: seen in a place of primary care.
pub(crate) const SEEN: (&str, &str) = ("307778003", "Seen in primary care establishment");
/// Identifier system of a pharmacy professional's registration.
pub(crate) const GPHC_NUMBER: &str = "https://fhir.hl7.org.uk/Id/gphc-number";
/// The verification status that is written: a builder is given numbers that were verified.
pub(crate) const NUMBER_VERIFIED: (&str, &str) = ("01", "Number present and verified");
pub(crate) const NUMBER_STATUS_CODES: &str =
    "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-NHSNumberVerificationStatus-1";
pub(crate) const NUMBER_STATUS_EXTENSION: &str = "https://fhir.nhs.uk/STU3/StructureDefinition/\
    Extension-CareConnect-GPC-NHSNumberVerificationStatus-1";
/// How a medicine was supplied; the list is not public.
pub(crate) const SUPPLY_TYPES: &str =
    "https://fhir.hl7.org.uk/STU3/CodeSystem/CareConnect-MedicationSupplyType-1";
pub(crate) const DISPENSE_CATEGORIES: &str = "http://hl7.org/fhir/medication-dispense-category";
pub(crate) const COMMUNITY: (&str, &str) = ("community", "Community");
/// How an extension with the verification status of an NHS number ends, whoever publishes it.
pub(crate) const VERIFICATION_STATUS: &str = "NHSNumberVerificationStatus-1";

/// Resource types of a document, each with the profiles that it may name, the one to write first.
pub(crate) const PROFILES: [(&str, &[&str]); 10] = [
    (
        "Composition",
        &[
            "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Composition-1",
            "https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Composition-1",
        ],
    ),
    (
        "Encounter",
        &["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Encounter-1"],
    ),
    (
        "Organization",
        &["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Organization-1"],
    ),
    (
        "Practitioner",
        &["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Practitioner-1"],
    ),
    (
        "PractitionerRole",
        &["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-PractitionerRole-1"],
    ),
    (
        "Patient",
        &["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Patient-1"],
    ),
    (
        "Observation",
        &["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Observation-1"],
    ),
    (
        "MedicationDispense",
        &["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-MedicationDispense-1"],
    ),
    (
        "Condition",
        &["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-Condition-1"],
    ),
    (
        "ClinicalImpression",
        &["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-GPC-ClinicalImpression-1"],
    ),
];

/// The profiles of a resource type of the document; none where it may not be in one.
pub(crate) fn profiles(kind: &str) -> Option<&'static [&'static str]> {
    let mut all = PROFILES.iter();
    all.find(|(name, _)| *name == kind)
        .map(|(_, profiles)| *profiles)
}
