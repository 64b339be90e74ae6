//! The consultation record a message is built from: a JSON document, described field by field.

mod checked;
mod clinical;
mod people;
mod validation;

use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use checked::CheckedConsultation;
pub use clinical::{Attachment, Coding, Item, Section};
pub use people::{Address, NumberStatus, Patient, Practice, Practitioner};

/// One consultation at a practice where the patient is not registered, to be reported to the
/// practice where the patient is. `examples/consultation.json` is a complete one.
///
/// [`Consultation::check`] proves that it may be built. Unknown fields are refused. Texts are plain; line breaks are kept in clinical texts and refused
/// elsewhere, other control characters are refused everywhere.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consultation {
    /// Who was seen.
    pub patient: Patient,
    /// Which consultation, and when.
    pub encounter: Encounter,
    /// Who saw the patient.
    pub practitioner: Practitioner,
    /// Where the patient was seen: the sending practice.
    pub practice: Practice,
    /// Name of the practice the patient is registered with, as printed on the report.
    pub receiving_practice: String,
    /// The clinical notes in the order they are printed; at least one unless `confidential`.
    pub sections: Vec<Section>,
    /// What is to happen next; printed last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub follow_up_actions: Vec<Item>,
    /// Further documents that travel with the report, each as its own attachment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The whole consultation is confidential: the report says only who was seen and when
    /// (GPCM-SD-102).
    #[serde(default)]
    pub confidential: bool,
}

/// Which consultation, and when.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encounter {
    /// The consultation's identifier in the sending system; every version of its report carries
    /// it as SenderReference (GPCM-SD-042).
    pub id: Uuid,
    /// When the patient was seen, by the practice's own clock: `2026-03-02T09:30`.
    pub date: DateTime,
}

redacted_debug!(Consultation, Encounter);
