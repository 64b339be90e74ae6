//! The input of the builder: a pharmacy's consultation, as JSON (`docs/reference/update-record.md`).

mod checked;

use nhs::{DateOfBirth, FamilyName, NhsNumber, OdsCode};
use serde::Deserialize;
use serde_json::Number;
use uuid::Uuid;

pub use checked::CheckedConsultation;

use crate::Service;

/// A consultation that a pharmacy tells a practice.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consultation {
    /// The service.
    pub service: Service,
    /// The activity's id; every version of its message carries it.
    pub id: Option<Uuid>,
    /// 1 or absent for the first message; one more for each that replaces it.
    pub version: Option<u32>,
    /// The identifier of the document that this one replaces.
    pub replaces: Option<Uuid>,
    /// When it began, with a zone: `2026-03-02T10:05:00+00:00`.
    pub start: String,
    /// When it ended; not sent before `start`.
    pub end: Option<String>,
    /// Where.
    pub pharmacy: Pharmacy,
    /// Who saw the patient.
    pub clinician: Clinician,
    /// Who was seen.
    pub patient: Patient,
    /// The summary; in every message.
    pub clinical_summary: String,
    /// Texts under "History", one entry each; at most 100, as all lists here.
    #[serde(default)]
    pub history: Vec<String>,
    /// Texts under "Red flags".
    #[serde(default)]
    pub red_flags: Vec<String>,
    /// Texts under "Information and advice given".
    #[serde(default)]
    pub advice: Vec<String>,
    /// Texts under "Plan and requested actions"; none makes a task at the practice.
    #[serde(default)]
    pub plan: Vec<String>,
    /// Texts under "Signpost details".
    #[serde(default)]
    pub signposting: Vec<String>,
    /// What the patient came with.
    #[serde(default)]
    pub presenting_complaint: Vec<Complaint>,
    /// What was measured.
    #[serde(default)]
    pub observations: Vec<Observation>,
    /// Whether the pulse was irregular; told beside its rate.
    #[serde(default)]
    pub pulse_irregular: bool,
    /// The pregnancy status, if it was asked for; absent sends nothing, never "not pregnant".
    pub pregnancy: Option<Pregnancy>,
    /// Ambulatory blood pressure monitoring: its report, or that it was declined.
    pub abpm: Option<Abpm>,
    /// Medicines that were supplied.
    #[serde(default)]
    pub supplies: Vec<Supplied>,
    /// Medicines whose supply was declined.
    #[serde(default)]
    pub declined_supplies: Vec<Supplied>,
    /// `FI` (the default) or `FA`; practices handle both alike.
    #[serde(default)]
    pub recipient_type: Recipient,
}

/// Where the patient was seen.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pharmacy {
    /// The pharmacy's ODS code; also the MESH local id.
    pub ods: OdsCode,
    /// Its name.
    pub name: String,
}

/// Who saw the patient.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clinician {
    /// Family name.
    pub family: String,
    /// Given names.
    pub given: Option<String>,
    /// `Ms`.
    pub prefix: Option<String>,
    /// GPhC registration number.
    pub gphc: Option<String>,
    /// Job role, of CareConnect-SDSJobRoleName-1: `R1290`, `Pharmacist`.
    pub role: Option<Named>,
}

/// Who was seen.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patient {
    /// Ten digits with a good check digit, verified with PDS.
    pub nhs_number: NhsNumber,
    /// The official family name, as registered with PDS.
    pub family: FamilyName,
    /// The official given names, in order; at least one.
    pub given: Vec<String>,
    /// `YYYY-MM-DD`.
    pub birth_date: DateOfBirth,
    /// `female`, `male`, `other`, `unknown`.
    pub gender: Option<Gender>,
    /// Postcode.
    pub postcode: Option<String>,
}

/// A patient's gender, of FHIR's AdministrativeGender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gender {
    /// `female`
    Female,
    /// `male`
    Male,
    /// `other`
    Other,
    /// `unknown`
    Unknown,
}

/// A code and what it is called.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The code.
    pub code: String,
    /// Its display.
    pub display: String,
}

/// What the patient came with.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Complaint {
    /// SNOMED CT code.
    pub code: String,
    /// Its display.
    pub display: String,
    /// `active` (the default) or `resolved`.
    #[serde(default)]
    pub status: ComplaintStatus,
}

/// Whether a complaint goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ComplaintStatus {
    /// `active`
    #[default]
    Active,
    /// `resolved`
    Resolved,
}

/// Something measured.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "kebab-case")]
pub enum Observation {
    /// A blood pressure in `mm[Hg]`.
    BloodPressure {
        /// How it was measured.
        #[serde(default)]
        position: Position,
        /// Systolic, `mm[Hg]`.
        systolic: Number,
        /// Diastolic, `mm[Hg]`.
        diastolic: Number,
        /// Where on the body, a SNOMED CT code.
        site: Option<Named>,
    },
    /// Pulse rate.
    Pulse(Measure),
    /// Body temperature.
    Temperature(Measure),
    /// Body height.
    Height(Measure),
    /// Body weight.
    Weight(Measure),
    /// Body mass index.
    Bmi(Measure),
}

/// A value with its unit.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// The value.
    pub value: Number,
    /// The UCUM code of its unit: `{beats}/min`; `Cel` or `[degF]`; `cm` or `[in_i]`; `kg`, `g` or
    /// `[lb_av]`; `kg/m2`.
    pub unit: String,
    /// Whether the patient told it; known of height and weight.
    #[serde(default)]
    pub self_reported: bool,
}

/// How a blood pressure was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// On examination, the position not told.
    #[default]
    OnExamination,
    /// Lying.
    Lying,
    /// Standing.
    Standing,
    /// Sitting.
    Sitting,
    /// The baseline.
    Baseline,
    /// The average of ambulatory monitoring.
    AverageAmbulatory,
    /// Measured by the patient.
    SelfMeasured,
}

/// A pregnancy status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pregnancy {
    /// `pregnant`
    Pregnant,
    /// `not-pregnant`
    NotPregnant,
}

/// Ambulatory blood pressure monitoring.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Abpm {
    /// Its report.
    Report(Report),
    /// It was declined: why.
    Declined(String),
}

/// A report, sent as it is.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// A title that tells what it is.
    pub title: String,
    /// The PDF, in base64.
    pub content: String,
}

/// A medicine.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supplied {
    /// dm+d code of the actual product. That it is one cannot be checked here.
    pub amp: String,
    /// Its name.
    pub name: String,
    /// How much.
    pub quantity: Quantity,
    /// For how many days.
    pub days: Option<u32>,
    /// The dosage, for clinicians.
    pub dose_text: String,
    /// The instruction to the patient.
    pub patient_instruction: String,
    /// `patient-group-direction`, `prescription-dispensing`.
    pub supply_type: Option<String>,
    /// `YYYY-MM-DD`; the day of the consultation where it is absent.
    pub handed_over: Option<jiff::civil::Date>,
}

/// How much of a medicine.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    /// The number.
    pub value: Number,
    /// The unit as people read it: `Capsule`.
    pub unit: String,
    /// The unit's code system.
    pub system: String,
    /// The unit's code.
    pub code: String,
}

/// Whether the practice is to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Recipient {
    /// `FI`
    #[default]
    #[serde(rename = "FI")]
    ForInformation,
    /// `FA`
    #[serde(rename = "FA")]
    ForAction,
}
