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
    for ruleset in [Ruleset::V1_3, Ruleset::V2_0] {
        let found = findings(text.as_bytes(), ruleset);
        assert!(ids(&found).contains(&id), "{found:#?}");
        let rejection = response_for(&found).unwrap();
        assert_eq!(rejection.code, ResponseCode::PayloadInvalid);
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
