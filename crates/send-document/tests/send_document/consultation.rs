//! The JSON form of a consultation and what is refused in it.

use crate::common::{EXAMPLE, consultation};
use send_document::{CheckedConsultation, FieldError, SendDocumentError};
use serde_json::{Value, json};

fn with(change: impl FnOnce(&mut Value)) -> Result<CheckedConsultation, Vec<FieldError>> {
    let mut value: Value = serde_json::from_slice(EXAMPLE).unwrap();
    change(&mut value);
    match CheckedConsultation::from_json(value.to_string().as_bytes()) {
        Ok(read) => Ok(read),
        Err(SendDocumentError::InvalidConsultation(errors)) => Err(errors),
        Err(other) => panic!("{other}"),
    }
}

fn paths(result: Result<CheckedConsultation, Vec<FieldError>>) -> Vec<String> {
    result
        .unwrap_err()
        .into_iter()
        .map(|error| error.path)
        .collect()
}

#[test]
fn the_example_is_read_and_written_back() {
    let consultation = consultation();
    let json = serde_json::to_vec(&consultation).unwrap();
    assert!(CheckedConsultation::from_json(&json).unwrap().into_inner() == consultation);
}

#[test]
fn a_wrong_field_is_named_by_its_path_and_its_value_is_not_told() {
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 12] = [
        ("patient.nhs_number", |v| {
            v["patient"]["nhs_number"] = json!("9693632108")
        }),
        ("patient.birth_date", |v| {
            v["patient"]["birth_date"] = json!("1946-06")
        }),
        ("patient.family_name", |v| {
            v["patient"]["family_name"] = json!(" ")
        }),
        ("patient.given_names[0]", |v| {
            v["patient"]["given_names"][0] = json!("Secret\u{7}name")
        }),
        ("practitioner.sds_user_id", |v| {
            v["practitioner"]["sds_user_id"] = json!("")
        }),
        ("practice.ods_code", |v| {
            v["practice"]["ods_code"] = json!("A 81001")
        }),
        ("practice.address.lines", |v| {
            v["practice"]["address"]["lines"] = json!([])
        }),
        ("sections[1].items[0].text", |v| {
            v["sections"][1]["items"][0]["text"] = json!("\u{0}")
        }),
        ("sections[0].items[1]", |v| {
            v["sections"][0]["items"][1] = json!({})
        }),
        ("attachments[0].content", |v| {
            v["attachments"][0]["content"] = json!("Secret!")
        }),
        ("attachments[0].content_type", |v| {
            v["attachments"][0]["content_type"] = json!("application/x-secret");
        }),
        ("encounter.date", |v| {
            v["encounter"]["date"] = json!("Secret")
        }),
    ];
    for (path, change) in changes {
        let errors = with(change).unwrap_err();
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(errors[0].path, path);
        let text = errors[0].to_string();
        for secret in ["9693632108", "Secret", "x-secret", "A 81001"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn every_wrong_field_is_told_at_once() {
    let found = paths(with(|value| {
        value["receiving_practice"] = json!("");
        value["practice"]["phone"] = json!("x".repeat(256));
        value["sections"] = json!([]);
    }));
    assert_eq!(found, ["practice.phone", "receiving_practice", "sections"]);
}

#[test]
fn unknown_and_missing_fields_are_refused() {
    let unknown = with(|value| value["patient"]["Bill Garton"] = json!(1)).unwrap_err();
    assert!(!unknown[0].to_string().contains("unknown field"));
    assert!(
        unknown[0]
            .expected
            .starts_with("a field of the consultation format")
    );
    let missing = with(|value| {
        value["practice"].as_object_mut().unwrap().remove("phone");
    });
    assert!(
        missing.unwrap_err()[0]
            .expected
            .starts_with("missing field `phone`")
    );
    assert!(CheckedConsultation::from_json(b"{").is_err());
    assert!(CheckedConsultation::from_json(&[EXAMPLE, b"x"].concat()).is_err());
}

#[test]
fn a_confidential_consultation_needs_no_notes() {
    assert!(
        with(|value| {
            value["sections"] = json!([]);
            value["confidential"] = json!(true);
        })
        .is_ok()
    );
}
