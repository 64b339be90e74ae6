//! What of a patient only the stand-in shows.

use serde::{Deserialize, Serialize};

/// What the stand-in shows of a patient beyond what routing needs, as the imported file wrote it.
/// Kept only when the import was asked to, sealed like the rest.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PatientDetails {
    #[serde(rename = "f", skip_serializing_if = "String::is_empty")]
    pub family_name: String,
    #[serde(rename = "g", skip_serializing_if = "String::is_empty")]
    pub given_names: String,
    #[serde(rename = "b", skip_serializing_if = "String::is_empty")]
    pub date_of_birth: String,
    #[serde(rename = "p", skip_serializing_if = "String::is_empty")]
    pub practice: String,
    #[serde(rename = "s", skip_serializing_if = "String::is_empty")]
    pub registration_start: String,
    #[serde(rename = "e", skip_serializing_if = "String::is_empty")]
    pub registration_end: String,
    #[serde(rename = "d", skip_serializing_if = "String::is_empty")]
    pub date_of_death: String,
    #[serde(rename = "c", skip_serializing_if = "String::is_empty")]
    pub sensitivity: String,
    #[serde(rename = "n", skip_serializing_if = "String::is_empty")]
    pub superseded_by: String,
    #[serde(rename = "o", skip_serializing_if = "Vec::is_empty")]
    pub other_family_names: Vec<String>,
}
