//! Every URL of Update Record that is not ITK3's own.

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
