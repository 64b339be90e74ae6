//! The forms that JSON gives to FHIR.

use fhir::{Element, Limits, json, xml};

fn read(text: &str) -> fhir::Document {
    json::read(text.as_bytes(), &Limits::default()).unwrap()
}

/// The JSON is written back as it was read.
fn stays(text: &str) {
    let document = read(text);
    assert_eq!(document.findings, [], "{text}");
    let written = String::from_utf8(json::write(&document.root).unwrap()).unwrap();
    assert_eq!(written, text);
    let as_xml = xml::write(&document.root);
    let back = xml::read(&as_xml, &Limits::default()).unwrap();
    assert_eq!(back.root, document.root, "{text}");
}

#[test]
fn extensions_of_primitives_and_gaps_in_lists() {
    stays(concat!(
        r#"{"resourceType":"Patient","name":[{"given":["a",null,"c"],"_given":[null,{"id":"x","#,
        r#""extension":[{"url":"urn:a","valueString":"b"}]},null]}],"#,
        r#""_birthDate":{"extension":[{"url":"urn:a","valueDateTime":"2026-01-14T09:30:12Z"}]}}"#
    ));
}

#[test]
fn ids_of_elements_and_of_resources() {
    stays(r#"{"resourceType":"Patient","id":"a","name":[{"id":"n1","family":"b"}]}"#);
}

#[test]
fn numbers_keep_their_digits_and_booleans_are_bare() {
    stays(concat!(
        r#"{"resourceType":"Observation","status":"final","code":{"text":"a"},"#,
        r#""valueQuantity":{"value":1.50,"unit":"b"}}"#
    ));
    stays(r#"{"resourceType":"Patient","active":false,"multipleBirthInteger":2}"#);
}

#[test]
fn contained_resources_and_entries() {
    stays(concat!(
        r##"{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"o","name":"a"}],"##,
        r##""managingOrganization":{"reference":"#o"}}"##
    ));
    stays(concat!(
        r#"{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:a","#,
        r#""resource":{"resourceType":"Patient","active":true}}]}"#
    ));
}

#[test]
fn narratives_are_strings() {
    stays(concat!(
        r#"{"resourceType":"Patient","text":{"status":"generated","#,
        r#""div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>a &lt; b</p></div>"}}"#
    ));
}

#[test]
fn wrong_forms_are_told_and_read() {
    for (text, path) in [
        (
            r#"{"resourceType":"Patient","active":"true"}"#,
            "Patient.active",
        ),
        (
            r#"{"resourceType":"Patient","multipleBirthInteger":"2"}"#,
            "Patient.multipleBirthInteger",
        ),
        (
            r#"{"resourceType":"Patient","name":{"family":"a"}}"#,
            "Patient.name",
        ),
        (
            r#"{"resourceType":"Patient","birthDate":["2026"]}"#,
            "Patient.birthDate",
        ),
    ] {
        let document = read(text);
        let [finding] = document.findings.as_slice() else {
            panic!("{text}")
        };
        assert_eq!((finding.id, finding.path.as_str()), ("json", path));
        assert_eq!(document.root.children().len(), 1);
    }
}

#[test]
fn a_number_that_is_none_stays_legal_json() {
    let patient = Element::new("Patient").child("multipleBirthInteger", "}{");
    let written = json::write(&patient).unwrap();
    assert_eq!(
        written,
        br#"{"resourceType":"Patient","multipleBirthInteger":"}{"}"#
    );
}

#[test]
fn white_space_in_values_survives_xml() {
    stays(r#"{"resourceType":"Patient","name":[{"family":" a\tb\nc\rd  \"<&>' "}]}"#);
}
