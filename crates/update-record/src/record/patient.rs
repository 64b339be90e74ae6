//! Whom a stored record is about.

use itk3::ReceivedPatient;
use nhs::{DateOfBirth, FamilyName, NhsNumber};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The fields as JSON has them; those that the message lacked are null.
#[derive(Serialize, Deserialize)]
struct Stored {
    nhs_number: Option<String>,
    family_name: Option<FamilyName>,
    given_names: Vec<String>,
    birth_date: Option<DateOfBirth>,
}

pub(super) fn serialize<S: Serializer>(
    patient: &ReceivedPatient,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let stored = Stored {
        nhs_number: patient.nhs_number.map(|number| number.digits()),
        family_name: patient.family_name.clone(),
        given_names: patient.given_names.clone(),
        birth_date: patient.birth_date,
    };
    stored.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<ReceivedPatient, D::Error> {
    let stored = Stored::deserialize(deserializer)?;
    let number = stored.nhs_number.as_deref().map(NhsNumber::parse);
    Ok(ReceivedPatient {
        nhs_number: number.transpose().map_err(D::Error::custom)?,
        family_name: stored.family_name,
        given_names: stored.given_names,
        birth_date: stored.birth_date,
    })
}
