//! The search by family name and date of birth.

use jiff::Timestamp;
use nhs::{DateOfBirth, FamilyName};
use serde_json::{Value, json};

use super::issue::Issue;
use super::patient;
use crate::{PdsError, Registry};

/// What is searched for: PDS's smallest search, usual family name and date of birth, exactly.
pub(super) struct Wanted {
    family: FamilyName,
    birth: DateOfBirth,
}

impl Wanted {
    /// Reads the parameters of the URL. Application-restricted clients may ask for one result only.
    pub(super) fn read(parameters: &[(String, String)], restricted: bool) -> Result<Self, Issue> {
        let (mut family, mut birth) = (None, None);
        for (name, value) in parameters {
            match name.as_str() {
                "family" => family = FamilyName::parse(value).ok(),
                "birthdate" => birth = Some(birth_date(value)?),
                "_max-results" if restricted && value != "1" => {
                    return Err(Issue::more_than_one_result());
                }
                "_max-results" | "_exact-match" => {}
                _ => {
                    return Err(Issue::additional_properties(
                        "Invalid search data provided - 'Additional properties are not allowed'"
                            .into(),
                    ));
                }
            }
        }
        match (family, birth) {
            (Some(family), Some(birth)) => Ok(Self { family, birth }),
            _ => Err(Issue::invalid_search_data(
                "Invalid search data provided - 'Not enough search parameters were provided for a valid search, family and birthdate are the minimum'",
            )),
        }
    }
}

/// Runs the search. Several matches are an OperationOutcome sent with HTTP 200; none is a Bundle
/// without entries.
pub(super) fn run(registry: &Registry, wanted: &Wanted, now: Timestamp) -> Result<Value, PdsError> {
    let mut found = Vec::new();
    for number in registry.search(&wanted.family, wanted.birth)? {
        let Some((survivor, details)) = registry.details(number)? else {
            continue;
        };
        if details.sensitivity == "REDACTED" || found.iter().any(|(known, _)| *known == survivor) {
            continue;
        }
        found.push((survivor, details));
    }
    if found.len() > 1 {
        return Ok(Issue::too_many_matches().body());
    }
    let mut bundle = json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
        "total": found.len(),
    });
    if let (Some((number, details)), Some(bundle)) = (found.first(), bundle.as_object_mut()) {
        let url = format!(
            "https://api.service.nhs.uk/personal-demographics/FHIR/R4/Patient/{}",
            number.digits()
        );
        let resource = patient::resource(*number, details);
        bundle.insert(
            "entry".into(),
            json!([{ "fullUrl": url, "search": { "score": 1.0 }, "resource": resource }]),
        );
    }
    Ok(bundle)
}

fn birth_date(value: &str) -> Result<DateOfBirth, Issue> {
    let date = value.strip_prefix("eq").unwrap_or(value);
    DateOfBirth::parse_iso(date).map_err(|_| {
        Issue::invalid_value("Invalid value - birthdate must be eqYYYY-MM-DD".to_owned())
    })
}
