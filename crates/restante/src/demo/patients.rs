//! The demo's test patients (published by NHS England for the PDS sandbox) and its consultation.

use std::path::Path;

use nhs::{DateOfBirth, FamilyName, NhsNumber};
use send_document::{CheckedConsultation, Consultation};

use crate::commands::input_file;
use crate::error::Error;

/// The registry, and the receiving practice's own list. All are of Osprey but one without a practice and one of the
/// visitor's, Y90001, so that letters can be sent to the visitor's mailbox.
pub const PATIENTS: &str = include_str!("patients.csv");

const EXAMPLE: &str = include_str!("../../../send-document/examples/consultation.json");

/// The consultation to send: the file or the example, for the patient asked for.
pub fn consultation(
    file: Option<&Path>,
    patient: Option<NhsNumber>,
) -> Result<Consultation, Error> {
    let mut consultation = match file {
        Some(path) => input_file::consultation(path)?,
        None => CheckedConsultation::from_json(EXAMPLE.as_bytes())?,
    }
    .into_inner();
    if let Some(number) = patient {
        consultation.patient.nhs_number = number;
        if let Some(known) = find(&number) {
            consultation.patient.family_name = known.family_name;
            consultation.patient.given_names = known.given_names;
            consultation.patient.birth_date = known.birth_date;
        }
    }
    Ok(consultation)
}

struct Known {
    family_name: FamilyName,
    given_names: Vec<String>,
    birth_date: DateOfBirth,
}

fn find(number: &NhsNumber) -> Option<Known> {
    PATIENTS.lines().skip(1).find_map(|line| {
        let mut columns = line.split(',');
        let listed = NhsNumber::parse(columns.next()?).ok()?;
        let family_name = FamilyName::parse(columns.next()?).ok()?;
        let given_names = columns.next()?.split(' ').map(str::to_owned).collect();
        let birth_date = DateOfBirth::parse_iso(columns.next()?).ok()?;
        (listed == *number).then_some(Known {
            family_name,
            given_names,
            birth_date,
        })
    })
}
