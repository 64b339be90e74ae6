//! A document is about one patient with one NHS number: whoever reads another first must not file
//! it elsewhere.

use itk3::ResponseCode;
use send_document::{Ruleset, response_for};

use crate::common::{Broken, findings, ids};

/// The message with what stands from `start` to the next `end` given twice, the second changed.
fn doubled(start: usize, end: &str, change: impl FnOnce(&str) -> String) -> String {
    let text = Broken::good().0;
    let end = start + text[start..].find(end).unwrap() + end.len();
    let other = change(&text[start..end]);
    format!("{}{other}{}", &text[..end], &text[end..])
}

fn refused_by(text: &str, id: &str) {
    refused_with(text, id, ResponseCode::PayloadInvalid);
}

fn refused_with(text: &str, id: &str, code: ResponseCode) {
    for ruleset in [Ruleset::V1_3, Ruleset::V2_0] {
        let found = findings(text.as_bytes(), ruleset);
        assert!(ids(&found).contains(&id), "{found:#?}");
        let rejection = response_for(&found).unwrap();
        assert_eq!(rejection.code, code);
    }
}

#[test]
fn gpcm_sd_035_a_second_nhs_number_is_refused() {
    let text = Broken::good().0;
    let patient = text.find("<Patient>").unwrap();
    let start = patient + text[patient..].find("<identifier>").unwrap();
    let change = |identifier: &str| identifier.replace("9693632109", "9000000009");
    refused_by(&doubled(start, "</identifier>", change), "GPCM-SD-035");
}

#[test]
fn gpcm_sd_106_a_second_patient_is_refused() {
    let text = Broken::good().0;
    let patient = text.find("<Patient>").unwrap();
    let start = text[..patient].rfind("<entry>").unwrap();
    let change = |entry: &str| {
        let id = entry.split("urn:uuid:").nth(1).unwrap();
        let id = id.split('"').next().unwrap();
        entry.replace(id, "0a0a0a0a-0000-4000-8000-0000000000aa")
    };
    refused_by(&doubled(start, "</entry>", change), "GPCM-SD-106");
}

/// A Patient that another resource contains is a Patient that some system may take.
#[test]
fn gpcm_sd_106_a_patient_contained_in_any_resource_at_any_depth_is_refused() {
    let other = "<contained><Patient><id value=\"other\"/><identifier>\
        <system value=\"https://fhir.nhs.uk/Id/nhs-number\"/><value value=\"9000000009\"/>\
        </identifier></Patient></contained>";
    let deeper = format!("<contained><List><id value=\"list\"/>{other}</List></contained>");
    for holder in [
        "<MessageHeader>",
        "<Composition>",
        "<Patient>",
        "<Practitioner>",
    ] {
        for contained in [other, &deeper] {
            let text = Broken::good().0;
            let at = text.find(holder).unwrap() + holder.len();
            // Where FHIR has it: behind id, meta, language and narrative.
            let at = ["</meta>", "</text>"]
                .iter()
                .filter_map(|end| Some(at + text[at..].find(end)? + end.len()))
                .min()
                .unwrap();
            let text = format!("{}{contained}{}", &text[..at], &text[at..]);
            // What is wrong with the header itself is answered first.
            let code = match holder {
                "<MessageHeader>" => ResponseCode::HeaderInvalid,
                _ => ResponseCode::PayloadInvalid,
            };
            refused_with(&text, "GPCM-SD-106", code);
            let message = fhir::xml::read(text.as_bytes(), &fhir::Limits::default()).unwrap();
            let read = send_document::read(&message).unwrap();
            assert_eq!(read.patient.nhs_number, None, "{holder}: nobody is matched");
        }
    }
}

#[test]
fn gpcm_sd_035_a_second_number_of_another_spelling_is_refused_and_nobody_is_matched() {
    let text = Broken::good().0;
    let patient = text.find("<Patient>").unwrap();
    let start = patient + text[patient..].find("<identifier>").unwrap();
    for system in [
        "http://fhir.nhs.net/Id/nhs-number",
        "urn:nhs:nhs_number",
        "https://fhir.nhs.uk/Id/NHS-Number",
    ] {
        let change = |identifier: &str| {
            let other = identifier.replace("https://fhir.nhs.uk/Id/nhs-number", system);
            assert_ne!(other, identifier);
            other.replace("9693632109", "9000000009")
        };
        let text = doubled(start, "</identifier>", change);
        refused_by(&text, "GPCM-SD-035");
        let message = fhir::xml::read(text.as_bytes(), &fhir::Limits::default()).unwrap();
        let read = send_document::read(&message).unwrap();
        assert_eq!(read.patient.nhs_number, None);
    }
}
