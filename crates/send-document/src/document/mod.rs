//! The document record a message is built from, any document's: a JSON document, described field by
//! field.

mod checked;
mod file_type;
mod html;
mod older;
mod validation;

use itk3::RecipientType;
use jiff::civil::Date;
use nhs::{DateOfBirth, FamilyName, NhsNumber, OdsCode};
use serde::Deserialize;
use uuid::Uuid;

pub use checked::CheckedDocument;
pub(crate) use checked::CheckedFile;

use crate::consultation::NumberStatus;

/// A document that is sent to the practice where the patient is registered.
/// `examples/document.json` is a complete one.
///
/// [`CheckedDocument::from_json`] reads it and proves that it may be built. Unknown fields are refused.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentRecord {
    /// The activity's id in the sending system, made when absent; every version carries it
    /// (GPCM-SD-042).
    pub id: Option<Uuid>,
    /// 1 or absent for the first message; one more for each that replaces it (GPCM-SD-098).
    pub version: Option<u32>,
    /// The identifier of the document that this one replaces (GPCM-SD-123).
    pub replaces: Option<Uuid>,
    /// What kind of document it is (GPCM-SD-115).
    #[serde(rename = "type")]
    pub kind: Code,
    /// Its title, shown first in the receiver's list (GPCM-SD-061).
    pub title: String,
    /// How final it is (GPCM-SD-114).
    #[serde(default)]
    pub status: Status,
    /// Where the patient was cared for.
    pub care_setting: Option<Code>,
    /// What the document is about, beside its type.
    pub event: Option<DocumentEvent>,
    /// What the receiver is to do (GPCM-SD-039).
    pub recipient_type: Recipient,
    /// A confidential document is not sent: the record is refused when it says so (GPCM-SD-117).
    #[serde(default)]
    pub confidential: bool,
    /// Whom it is about.
    pub patient: DocumentPatient,
    /// Who wrote it, when known (GPCM-SD-032).
    pub practitioner: Option<DocumentPractitioner>,
    /// Who sends and keeps it: the custodian, the sender of the message and, where no other is named,
    /// its author (GPCM-SD-028, 045, 105, 145).
    pub organisation: Organisation,
    /// The organisation that wrote it, where it is not the one that sends it (GPCM-SD-107).
    pub author_organisation: Option<Organisation>,
    /// The document itself, then what belongs to it; each becomes a section (GPCM-SD-109).
    pub files: Vec<DocumentFile>,
}

/// A SNOMED CT code and what it is called.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// 6 to 18 digits with a good check digit; that a release has it is not checked.
    pub code: String,
    /// Its display.
    pub display: String,
}

/// What a document is about.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentEvent {
    /// SNOMED CT code.
    pub code: String,
    /// Its display.
    pub display: String,
    /// The first day of it, `YYYY-MM-DD`.
    pub start: Option<Date>,
    /// The last day of it, not before the first.
    pub end: Option<Date>,
}

/// How final a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// `final`
    #[default]
    Final,
    /// `amended`
    Amended,
    /// `preliminary`
    Preliminary,
    /// `entered-in-error`
    EnteredInError,
}

/// What the receiver is to do with a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Recipient {
    /// `FA`
    #[serde(rename = "FA")]
    ForAction,
    /// `FI`
    #[serde(rename = "FI")]
    ForInformation,
}

/// Whom a document is about.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentPatient {
    /// Ten digits with a good check digit (GPCM-SD-035).
    pub nhs_number: NhsNumber,
    /// How the NHS number was verified: `01` (present and verified, the default) to `08`.
    #[serde(default)]
    pub nhs_number_status: NumberStatus,
    /// The official family name, as registered with PDS (GPCM-SD-036).
    pub family_name: FamilyName,
    /// The official given names in order.
    #[serde(default)]
    pub given_names: Vec<String>,
    /// `Mr`, `Ms`, `Dr` …
    pub title: Option<String>,
    /// `YYYY-MM-DD` (GPCM-SD-037).
    pub birth_date: DateOfBirth,
}

/// Who wrote a document.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentPractitioner {
    /// The SDS user id; `UNK` is sent when absent (GPCM-SD-032).
    pub sds_user_id: Option<String>,
    /// Family name (GPCM-SD-033).
    pub family_name: String,
    /// Given names in order.
    #[serde(default)]
    pub given_names: Vec<String>,
    /// `Dr`, `Nurse` …
    pub title: Option<String>,
    /// Work telephone number, when known (GPCM-SD-034).
    pub phone: Option<String>,
}

/// An organisation.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// ODS code (GPCM-SD-029).
    pub ods_code: OdsCode,
    /// Name (GPCM-SD-030).
    pub name: String,
    /// Telephone number (GPCM-SD-031).
    pub phone: String,
}

/// A file: named, to be read, or with its contents.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentFile {
    /// The section's title.
    pub title: String,
    /// Its name, beside the record. One of this and `content`.
    pub file: Option<String>,
    /// Its contents, in base64; white space is allowed.
    pub content: Option<String>,
    /// Media type, one of those Send Document lists; what the contents are when absent.
    pub content_type: Option<String>,
    /// A text for those who do not open the file: the section's narrative.
    pub text: Option<String>,
}

impl Status {
    /// FHIR's code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Final => "final",
            Self::Amended => "amended",
            Self::Preliminary => "preliminary",
            Self::EnteredInError => "entered-in-error",
        }
    }
}

impl From<Recipient> for RecipientType {
    fn from(recipient: Recipient) -> Self {
        match recipient {
            Recipient::ForAction => Self::ForAction,
            Recipient::ForInformation => Self::ForInformation,
        }
    }
}

redacted_debug!(
    DocumentRecord,
    Code,
    DocumentEvent,
    DocumentPatient,
    DocumentPractitioner,
    Organisation,
    DocumentFile,
);
