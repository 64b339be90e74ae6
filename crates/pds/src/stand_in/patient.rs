//! A patient as PDS shows it.

use axum::http::HeaderValue;
use nhs::NhsNumber;
use serde_json::{Map, Value, json};

use crate::registry::details::PatientDetails;

/// The registry keeps one version of a patient.
pub(super) const ETAG: HeaderValue = HeaderValue::from_static("W/\"1\"");

/// The patient as PDS shows it to an application-restricted client. `R` takes the practice away,
/// `V` the name and date of birth as well.
pub(super) fn resource(number: NhsNumber, details: &PatientDetails) -> Value {
    let very_restricted = details.sensitivity == "V";
    let restricted = very_restricted || details.sensitivity == "R";
    let mut patient = base(number, &details.sensitivity);
    if !very_restricted {
        let names = names(details);
        if !names.is_empty() {
            patient.insert("name".into(), names.into());
        }
        insert_date(&mut patient, "birthDate", &details.date_of_birth);
    }
    insert_date(&mut patient, "deceasedDateTime", &details.date_of_death);
    if !restricted && !details.practice.is_empty() {
        patient.insert("generalPractitioner".into(), practice(details));
    }
    Value::Object(patient)
}

fn base(number: NhsNumber, sensitivity: &str) -> Map<String, Value> {
    let (code, display) = match sensitivity {
        "R" => ("R", "restricted"),
        "V" => ("V", "very restricted"),
        _ => ("U", "unrestricted"),
    };
    let security = json!([{
        "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
        "code": code,
        "display": display,
    }]);
    let verified = json!([{
        "url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus",
        "valueCodeableConcept": { "coding": [{
            "system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus",
            "version": "1.0.0",
            "code": "01",
            "display": "Number present and verified",
        }] },
    }]);
    let identifier = json!([{
        "system": "https://fhir.nhs.uk/Id/nhs-number",
        "value": number.digits(),
        "extension": verified,
    }]);
    [
        ("resourceType", json!("Patient")),
        ("id", json!(number.digits())),
        ("identifier", identifier),
        ("meta", json!({ "versionId": "1", "security": security })),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn names(details: &PatientDetails) -> Vec<Value> {
    let given: Vec<_> = details.given_names.split_whitespace().collect();
    let mut names = Vec::new();
    if !details.family_name.is_empty() || !given.is_empty() {
        let mut usual = Map::new();
        usual.insert("id".into(), "1".into());
        usual.insert("use".into(), "usual".into());
        insert(&mut usual, "family", &details.family_name);
        if !given.is_empty() {
            usual.insert("given".into(), given.into());
        }
        names.push(Value::Object(usual));
    }
    for (index, family) in details.other_family_names.iter().enumerate() {
        names.push(json!({ "id": (index + 2).to_string(), "use": "old", "family": family }));
    }
    names
}

fn practice(details: &PatientDetails) -> Value {
    let mut period = Map::new();
    insert_date(&mut period, "start", &details.registration_start);
    insert_date(&mut period, "end", &details.registration_end);
    let mut identifier = Map::new();
    insert(
        &mut identifier,
        "system",
        "https://fhir.nhs.uk/Id/ods-organization-code",
    );
    insert(&mut identifier, "value", &details.practice);
    if !period.is_empty() {
        identifier.insert("period".into(), period.into());
    }
    json!([{ "id": "1", "type": "Organization", "identifier": identifier }])
}

/// A registry of an earlier release has dates as its file wrote them: what FHIR does not know as a date is
/// written anew, or left out.
fn insert_date(object: &mut Map<String, Value>, name: &str, text: &str) {
    let partial = matches!(text.len(), 4 | 7)
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    match nhs::written_date(text) {
        Some(date) => insert(object, name, &date.to_string()),
        None if partial => insert(object, name, text),
        None => {}
    }
}

fn insert(object: &mut Map<String, Value>, name: &str, value: &str) {
    if !value.is_empty() {
        object.insert(name.into(), value.into());
    }
}
