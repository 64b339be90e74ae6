//! The people and places of a consultation.

use nhs::{DateOfBirth, FamilyName, NhsNumber, OdsCode};
use serde::{Deserialize, Serialize};

/// Who was seen.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patient {
    /// Ten digits with a good check digit (GPCM-SD-035).
    pub nhs_number: NhsNumber,
    /// How the NHS number was verified: `01` (present and verified, the default) to `08`.
    #[serde(default)]
    pub nhs_number_status: NumberStatus,
    /// The official family name, as registered with PDS (GPCM-SD-036).
    pub family_name: FamilyName,
    /// The official given names in order; may be empty.
    #[serde(default)]
    pub given_names: Vec<String>,
    /// `Mr`, `Ms`, `Dr` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// `YYYY-MM-DD` (GPCM-SD-037).
    pub birth_date: DateOfBirth,
    /// The registered (home) address. Printed on the report, not sent as data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_address: Option<Address>,
    /// Home telephone number, printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_phone: Option<String>,
    /// Mobile telephone number, printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<String>,
    /// Where the patient stays for the time being, when that is not home. Printed; without it the
    /// field and its label are left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_address: Option<Address>,
    /// Telephone number at the current address, printed under the same condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_phone: Option<String>,
}

impl Patient {
    /// `GARTON, Bill`: how lists name the patient.
    pub fn listed_name(&self) -> String {
        itk3::listed_name(self.family_name.as_str(), &self.given_names.join(" "))
    }
}

/// A postal address as it is printed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// House, street, locality, town, county; one to ten lines.
    pub lines: Vec<String>,
    /// `CA1 2HP`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
}

impl Address {
    /// All on one line, with commas.
    pub(crate) fn one_line(&self) -> String {
        let lines = self
            .lines
            .iter()
            .chain(&self.postcode)
            .map(|line| line.trim());
        lines
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// Who saw the patient.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Practitioner {
    /// The SDS user id, 12 digits in practice (GPCM-SD-032).
    pub sds_user_id: String,
    /// Family name (GPCM-SD-033).
    pub family_name: String,
    /// Given names in order; may be empty.
    #[serde(default)]
    pub given_names: Vec<String>,
    /// `Dr`, `Nurse` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The role as printed: `General practitioner`.
    pub role: String,
    /// Work telephone number, when known (GPCM-SD-034).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

impl Practitioner {
    /// `Dr Helen Marsh`.
    pub(crate) fn full_name(&self) -> String {
        let parts = self
            .title
            .iter()
            .chain(&self.given_names)
            .chain([&self.family_name]);
        parts
            .map(|part| part.trim())
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// Where the patient was seen.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Practice {
    /// ODS code (GPCM-SD-029); also the MESH local id (GPCM-SD-145).
    pub ods_code: OdsCode,
    /// Name (GPCM-SD-030).
    pub name: String,
    /// Telephone number (GPCM-SD-031).
    pub phone: String,
    /// Email address, printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The branch where the patient was seen, when it was not the main site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Address, printed behind the name.
    pub address: Address,
}

/// How the NHS number was verified: CareConnect-NHSNumberVerificationStatus-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum NumberStatus {
    /// Number present and verified.
    #[default]
    #[serde(rename = "01")]
    Verified,
    /// Number present but not traced.
    #[serde(rename = "02")]
    NotTraced,
    /// Trace required.
    #[serde(rename = "03")]
    TraceRequired,
    /// Trace attempted, no match or several.
    #[serde(rename = "04")]
    NoMatch,
    /// Trace needs to be resolved.
    #[serde(rename = "05")]
    ToBeResolved,
    /// Trace in progress.
    #[serde(rename = "06")]
    InProgress,
    /// Number not present and trace not required.
    #[serde(rename = "07")]
    NotPresent,
    /// Trace postponed (baby under six weeks old).
    #[serde(rename = "08")]
    Postponed,
}

impl NumberStatus {
    /// The code and its published display.
    pub(crate) fn coding(self) -> (&'static str, &'static str) {
        match self {
            Self::Verified => ("01", "Number present and verified"),
            Self::NotTraced => ("02", "Number present but not traced"),
            Self::TraceRequired => ("03", "Trace required"),
            Self::NoMatch => ("04", "Trace attempted - No match or multiple match found"),
            Self::ToBeResolved => ("05", "Trace needs to be resolved"),
            Self::InProgress => ("06", "Trace in progress"),
            Self::NotPresent => ("07", "Number not present and trace not required"),
            Self::Postponed => ("08", "Trace postponed (baby under six weeks old)"),
        }
    }
}

redacted_debug!(Patient, Address, Practitioner, Practice);
