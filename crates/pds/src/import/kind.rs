//! The kinds of file that can be imported.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A kind of file that can be imported. All are CSV by RFC 4180, in UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Our own columns: `nhs_number, family_name, given_names, date_of_birth, gp_ods_code,
    /// gp_start_date, gp_end_date, date_of_death, sensitivity, superseded_by, other_family_names`
    /// (`|` between several); dates `YYYY-MM-DD`; sensitivity `U`, `R`, `V` or `REDACTED`.
    /// Further columns are ignored; only the number, family name and date of birth must be there.
    Patients,
    /// `ods_code, name, status, open_date, close_date, successor_ods, country`.
    Practices,
    /// The response to a PDS batch trace over MESH (workflow `SPINE_PDS_MESH_V1`).
    PdsResponse,
    /// The ODS file `epraccur.csv`, which has no header.
    Epraccur,
}

/// The text names no kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a kind of file is patients, practices, pds-response or epraccur")]
pub struct UnknownKind;

impl Kind {
    const ALL: [Self; 4] = [
        Self::Patients,
        Self::Practices,
        Self::PdsResponse,
        Self::Epraccur,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Patients => "patients",
            Self::Practices => "practices",
            Self::PdsResponse => "pds-response",
            Self::Epraccur => "epraccur",
        }
    }

    /// The columns without which a header is not of this kind.
    pub(super) fn required_columns(self) -> &'static [&'static str] {
        match self {
            Self::Patients => &["nhs_number", "family_name", "date_of_birth"],
            Self::Practices => &["ods_code", "name"],
            Self::PdsResponse => &["req_nhs_number", "matched_nhs_no", "error/success_code"],
            Self::Epraccur => &[],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or(UnknownKind)
    }
}
