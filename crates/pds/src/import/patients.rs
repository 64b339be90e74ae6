//! Rows of our own patients file.

use jiff::civil::Date;
use nhs::{DateOfBirth, FamilyName, NhsNumber, OdsCode};

use super::RefusalReason;
use super::rows::{Row, date};
use crate::registry::details::PatientDetails;

/// A patient as a row tells.
#[derive(Default)]
pub(super) struct Patient {
    /// `None` when there is no date, or a partial one: kept, but it never matches.
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
    let born = text_date(row.text("date_of_birth")?, RefusalReason::DateOfBirth)?;
    let (start, end) = (
        date(row.text("gp_start_date")?)?,
        date(row.text("gp_end_date")?)?,
    );
    let iso = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
    let details = PatientDetails {
        family_name: row.text("family_name")?.to_owned(),
        given_names: row.text("given_names")?.to_owned(),
        date_of_birth: born,
        practice: code(row.text("gp_ods_code")?).to_ascii_uppercase(),
        registration_start: iso(start),
        registration_end: iso(end),
        date_of_death: text_date(row.text("date_of_death")?, RefusalReason::Date)?,
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
            start,
            end,
            deceased: !details.date_of_death.is_empty(),
            restricted: matches!(sensitivity, "R" | "V"),
            invalidated: sensitivity == "REDACTED",
            superseded_by,
            details,
        },
    ))
}

/// A date as FHIR writes it: in full, or by year and month, or by year; a moment is its day. Empty stays empty.
fn text_date(text: &str, refusal: RefusalReason) -> Result<String, RefusalReason> {
    if text.is_empty() || is_partial_date(text) {
        return Ok(text.to_owned());
    }
    nhs::written_date(text)
        .map(|date| date.to_string())
        .ok_or(refusal)
}

/// Whether it is `YYYY` or `YYYY-MM`, as PDS may have a date of birth.
fn is_partial_date(text: &str) -> bool {
    let (year, month) = text.split_once('-').unwrap_or((text, "01"));
    let number = |text: &str, length: usize| {
        let digits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| digits)
    };
    let year = number(year, 4).is_some_and(|year| (1800..=2199).contains(&year));
    year && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
}

/// An apostrophe before a code is a spreadsheet's mark of a text.
pub(super) fn code(text: &str) -> &str {
    text.strip_prefix('\'').unwrap_or(text)
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
