//! Rows of our own patients file.

use jiff::civil::Date;
use nhs::{DateOfBirth, FamilyName, NhsNumber, OdsCode};

use super::RefusalReason;
use super::rows::{Row, date};
use crate::registry::details::PatientDetails;

/// A patient as a row tells.
#[derive(Default)]
pub(super) struct Patient {
    /// `None` when the date is partial or malformed: kept, but it never matches.
    pub birth: Option<DateOfBirth>,
    /// `None` when the file has none: kept, but it never matches.
    pub family: Option<FamilyName>,
    pub other_families: Vec<FamilyName>,
    pub practice: Option<OdsCode>,
    pub start: Option<Date>,
    pub end: Option<Date>,
    pub deceased: bool,
    pub restricted: bool,
    pub invalidated: bool,
    pub superseded_by: Option<NhsNumber>,
    pub details: PatientDetails,
}

/// Reads a row of our own patients file.
pub(super) fn read(row: &Row<'_>) -> Result<(NhsNumber, Patient), RefusalReason> {
    let number = NhsNumber::parse(row.text("nhs_number")?).map_err(|_| RefusalReason::NhsNumber)?;
    let sensitivity = row.text("sensitivity")?;
    if !["", "U", "R", "V", "REDACTED"].contains(&sensitivity) {
        return Err(RefusalReason::Sensitivity);
    }
    let superseded_by = match row.text("superseded_by")? {
        "" => None,
        text => Some(NhsNumber::parse(text).map_err(|_| RefusalReason::SupersededBy)?),
    };
    if superseded_by == Some(number) {
        return Err(RefusalReason::SupersededCycle);
    }
    let others = row.text("other_family_names")?;
    let others = others
        .split('|')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let details = PatientDetails {
        family_name: row.text("family_name")?.to_owned(),
        given_names: row.text("given_names")?.to_owned(),
        date_of_birth: row.text("date_of_birth")?.to_owned(),
        practice: row.text("gp_ods_code")?.to_ascii_uppercase(),
        registration_start: row.text("gp_start_date")?.to_owned(),
        registration_end: row.text("gp_end_date")?.to_owned(),
        date_of_death: row.text("date_of_death")?.to_owned(),
        sensitivity: sensitivity.to_owned(),
        superseded_by: superseded_by.map(|n| n.digits()).unwrap_or_default(),
        other_family_names: others.map(str::to_owned).collect(),
    };
    Ok((
        number,
        Patient {
            birth: DateOfBirth::parse_iso(&details.date_of_birth).ok(),
            family: family_name(&details.family_name)?,
            other_families: details
                .other_family_names
                .iter()
                .map(|name| FamilyName::parse(name).map_err(|_| RefusalReason::FamilyName))
                .collect::<Result<_, _>>()?,
            practice: practice_code(&details.practice)?,
            start: date(&details.registration_start)?,
            end: date(&details.registration_end)?,
            deceased: !details.date_of_death.is_empty(),
            restricted: matches!(sensitivity, "R" | "V"),
            invalidated: sensitivity == "REDACTED",
            superseded_by,
            details,
        },
    ))
}

pub(super) fn family_name(text: &str) -> Result<Option<FamilyName>, RefusalReason> {
    match text {
        "" => Ok(None),
        text => FamilyName::parse(text)
            .map(Some)
            .map_err(|_| RefusalReason::FamilyName),
    }
}

pub(super) fn practice_code(text: &str) -> Result<Option<OdsCode>, RefusalReason> {
    match text {
        "" => Ok(None),
        text => OdsCode::parse(text)
            .map(Some)
            .map_err(|_| RefusalReason::PracticeCode),
    }
}
