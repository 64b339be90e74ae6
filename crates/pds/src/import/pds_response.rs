//! Rows of a PDS batch response.

use jiff::civil::Date;
use nhs::{DateOfBirth, NhsNumber};

use super::RefusalReason;
use super::patients::{Patient, family_name, practice_code};
use super::rows::{Row, date};
use crate::registry::details::PatientDetails;

/// What a row of a PDS batch response tells: the patient, and the number the request was made with
/// when another one superseded it (code 90).
pub(super) struct Traced {
    pub number: NhsNumber,
    pub patient: Patient,
    pub superseded: Option<NhsNumber>,
}

/// Reads a row. Codes 00 (traced) and 90 (superseded) are accepted; 92 (sensitive) comes without a
/// practice and is refused, so that it does not hide a practice known from elsewhere.
pub(super) fn read(row: &Row<'_>) -> Result<Traced, RefusalReason> {
    let superseded = match row.text("error/success_code")? {
        "00" | "0" => false,
        "90" => true,
        "92" => return Err(RefusalReason::Sensitive),
        _ => return Err(RefusalReason::NotTraced),
    };
    let number =
        NhsNumber::parse(row.text("matched_nhs_no")?).map_err(|_| RefusalReason::NhsNumber)?;
    let requested = NhsNumber::parse(row.text("req_nhs_number")?).ok();
    let superseded = match requested {
        Some(requested) if superseded && requested != number => Some(requested),
        _ if superseded => return Err(RefusalReason::SupersededBy),
        _ => None,
    };
    let birth = date(row.text("date_of_birth")?).ok().flatten();
    let death = row.text("date_of_death")?;
    let family = row.text("family_name")?;
    let given = [row.text("given_name")?, row.text("other_given_name")?];
    let practice = practice_code(row.text("gp_practice_code")?)?;
    let start = date(row.text("gp_registration_date")?)?;
    let iso = |date: Option<Date>| date.map(|date| date.to_string()).unwrap_or_default();
    let patient = Patient {
        birth: birth.map(DateOfBirth::from),
        family: family_name(family)?,
        practice: practice.clone(),
        start,
        deceased: !death.is_empty(),
        restricted: !row.text("sensitivity_flag")?.is_empty(),
        details: PatientDetails {
            family_name: family.to_owned(),
            given_names: given.join(" ").trim().to_owned(),
            date_of_birth: iso(birth),
            practice: practice
                .map(|code| code.as_str().to_owned())
                .unwrap_or_default(),
            registration_start: iso(start),
            date_of_death: date(death).map(iso).unwrap_or_default(),
            ..PatientDetails::default()
        },
        ..Patient::default()
    };
    Ok(Traced {
        number,
        patient,
        superseded,
    })
}
