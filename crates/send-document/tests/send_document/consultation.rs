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
            .starts_with("is not a field of the consultation format; here are `nhs_number`")
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
fn every_wrong_field_is_told_at_once_whatever_is_wrong_with_it() {
    let errors = with(|value| {
        value["patient"]["nhs_number"] = json!("Secret");
        value["patient"]["colour"] = json!("Secret");
        value["practice"].as_object_mut().unwrap().remove("phone");
        value["practitioner"]["given_names"] = json!("Secret");
        value["sections"][1]["items"] = json!({"Secret": 1});
        value["encounter"]["date"] = json!(5);
        value["receiving_practice"] = json!("");
    })
    .unwrap_err();
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let mut paths: Vec<&str> = errors.iter().map(|error| error.path.as_str()).collect();
    paths.sort_unstable();
    let expected = [
        "encounter.date",
        "patient.colour",
        "patient.nhs_number",
        "practice",
        "practitioner.given_names",
        "receiving_practice",
        "sections[1].items",
    ];
    assert_eq!(paths, expected, "{told:?}");
    assert!(
        told.iter()
            .any(|it| it == "practitioner.given_names: expected a list, found a text"),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|it| it
                == "patient.nhs_number: an NHS number is 10 digits, spaces and hyphens apart")
    );
    assert!(!told.concat().contains("Secret"), "{told:?}");
}

#[test]
fn a_field_twice_is_refused() {
    let text = String::from_utf8(EXAMPLE.to_vec()).unwrap();
    let twice = text.replacen('{', "{\"receiving_practice\": \"a\",", 1);
    assert!(CheckedConsultation::from_json(twice.as_bytes()).is_err());
}

#[test]
fn marks_and_utf16_are_read_and_what_is_no_json_is_named() {
    let text = String::from_utf8(EXAMPLE.to_vec()).unwrap();
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for json in [[b"\xef\xbb\xbf", EXAMPLE].concat(), wide] {
        assert!(CheckedConsultation::from_json(&json).is_ok());
    }
    let said = |json: &[u8]| {
        CheckedConsultation::from_json(json)
            .unwrap_err()
            .to_string()
    };
    assert!(said(b"").contains("expected JSON, found an empty file"));
    assert!(said(b"%PDF-1.7").contains("expected JSON, found a PDF"));
    assert!(said(b"{\"patient\": ]").contains("expected JSON, found something else at line 1"));
}

#[test]
fn what_does_not_fit_into_address_or_subject_is_refused() {
    let found =
        |length: usize| with(|value| value["patient"]["family_name"] = json!("X".repeat(length)));
    assert!(found(69).is_ok());
    let errors = found(70).unwrap_err();
    assert_eq!(errors[0].path, "patient.family_name");
    assert!(
        errors[0]
            .to_string()
            .contains("expected at most 69 characters"),
        "{errors:?}"
    );
    let errors = with(|value| {
        value["patient"]["given_names"] = json!(["N".repeat(200), "O".repeat(200)]);
        value["practice"]["name"] = json!("P".repeat(200));
    })
    .unwrap_err();
    assert_eq!(errors[0].path, "patient.given_names");
    assert!(errors[0].to_string().contains("subject"), "{errors:?}");
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
