//! Every URL and fixed text of Send Document that is not ITK3's own.

pub(crate) const COMPOSITION: &str =
    "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Composition-1";
pub(crate) const PATIENT: &str =
    "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Patient-1";
pub(crate) const PRACTITIONER: &str =
    "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Practitioner-1";
pub(crate) const ORGANIZATION: &str =
    "https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-Organization-1";

pub(crate) const CARE_SETTING_EXTENSION: &str =
    "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-CareSettingType-1";

pub(crate) const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
pub(crate) const NUMBER_STATUS_EXTENSION: &str = "https://fhir.hl7.org.uk/STU3/\
    StructureDefinition/Extension-CareConnect-NHSNumberVerificationStatus-1";
pub(crate) const NUMBER_STATUS_CODES: &str =
    "https://fhir.hl7.org.uk/STU3/CodeSystem/CareConnect-NHSNumberVerificationStatus-1";

pub(crate) const SNOMED: &str = "http://snomed.info/sct";
/// GPCM-SD-115.
pub(crate) const CLINICAL_REPORT: (&str, &str) = ("371531000", "Report of clinical encounter");
/// GPCM-SD-118.
pub(crate) const TITLE: &str = "Consultation report";

pub(crate) const DEFINITION: &str = "https://fhir.nhs.uk/STU3/MessageDefinition/\
    ITK-GPConnectSendDocument-MessageDefinition-1";
/// The older spelling; read, never written.
pub(crate) const DEFINITION_INSTANCE: &str = "https://fhir.nhs.uk/STU3/MessageDefinition/\
    ITK-GPConnectSendDocument-MessageDefinition-Instance-1";

/// GPCM-SD-044; the second is what the guide's own example says.
pub(crate) const LOCAL_EXTENSION: &str = "SendDocument-ConsultationReport";
pub(crate) const LOCAL_EXTENSION_OF_EXAMPLE: &str = "SendDocument-ConsultationSummary";

/// The SDS user id and name of a practitioner who is not told.
pub(crate) const UNKNOWN_USER: &str = "UNK";
pub(crate) const WITHHELD: &str = "Withheld";
