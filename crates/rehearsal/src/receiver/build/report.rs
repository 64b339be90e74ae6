//! Send Document: a report with its attachments, by the builder of either release.

use itk3::attachment_types::PDF;
use send_document::{CheckedDocument, Ruleset, build_document};
use serde_json::{Value, json};

use super::{Content, Draft, Making, NotMade, files};
use crate::receiver::payload::PayloadName;

const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// What documents of 2.0 are called; type and title.
const KINDS: [(&str, &str, &str); 2] = [
    (
        "371531000",
        "Report of clinical encounter",
        "Consultation report",
    ),
    (
        "371531000",
        "Report of clinical encounter",
        "Walk-in centre report",
    ),
];

/// What the attachments beside the report are called.
const ENCLOSED: [&str; 4] = [
    "Wound care plan",
    "Blood results",
    "Leaflet given",
    "Travel record",
];

pub(super) fn build(making: &Making<'_>, payload: PayloadName) -> Result<Draft, NotMade> {
    let ruleset = match payload {
        PayloadName::SendDocument13 => Ruleset::V1_3,
        _ => Ruleset::V2_0,
    };
    let record = record(making, ruleset).to_string();
    let document =
        CheckedDocument::from_json(record.as_bytes(), &mut |_| Err("no file".to_owned()));
    let document = document.map_err(|error| error.to_string())?;
    let built = build_document(&document, ruleset, &making.params(payload));
    Draft::of(&built.map_err(|error| error.to_string())?)
}

fn record(making: &Making<'_>, ruleset: Ruleset) -> Value {
    let (sender, patient) = (&making.settings.sender, making.patient);
    let [first, ..] = KINDS;
    let kind = match ruleset {
        Ruleset::V1_3 => None,
        Ruleset::V2_0 => making.random.pick(&KINDS),
    };
    let (code, display, title) = kind.copied().unwrap_or(first);
    let clinician = making.clinician();
    let mut record = json!({
        "id": making.activity,
        "type": { "code": code, "display": display },
        "title": title,
        "recipient_type": if making.content == Content::ForInformation { "FI" } else { "FA" },
        "patient": {
            "nhs_number": patient.number.digits(),
            "family_name": patient.family.as_str(),
            "given_names": making.given(),
            "birth_date": making.born.iso(),
        },
        "practitioner": {
            "sds_user_id": clinician.sds_user_id,
            "family_name": clinician.family,
            "given_names": [clinician.given],
            "title": clinician.title,
            "phone": sender.phone,
        },
        "organisation": { "ods_code": sender.ods.as_str(), "name": sender.name, "phone": sender.phone },
        "files": attached(making),
    });
    let mut set = |name: &str, value: Value| {
        if let Some(object) = record.as_object_mut() {
            object.insert(name.to_owned(), value);
        }
    };
    match making.content {
        Content::Unsigned => set("practitioner", Value::Null),
        Content::Setting => {
            let day = super::super::patients::day(making.now());
            set(
                "care_setting",
                json!({ "code": "788007007", "display": "General practice service" }),
            );
            set(
                "event",
                json!({
                    "code": "149951000000107",
                    "display": "Patient information received using general practice online consultation system (finding)",
                    "start": day, "end": day,
                }),
            );
        }
        _ => {}
    }
    record
}

fn attached(making: &Making<'_>) -> Vec<Value> {
    let file = |title: &str, content_type: &str, content: Vec<u8>| {
        let content = fhir::encode_base64(&content);
        json!({ "title": title, "content_type": content_type, "content": content.as_str() })
    };
    let report = files::pdf(&lines(making));
    let mut all = vec![file("Report", PDF, report)];
    if making.content == Content::ThreeFiles {
        let [first, ..] = ENCLOSED;
        let title = making.random.pick(&ENCLOSED).copied().unwrap_or(first);
        let text = format!(
            "{title}, second attachment of {}. Invented for a rehearsal.",
            making.case
        );
        all.push(file(title, WORD, files::word(&text)));
        all.push(file("Picture", "image/tiff", files::tiff()));
    }
    all
}

/// What the page of a report says.
pub(super) fn lines(making: &Making<'_>) -> Vec<String> {
    let (sender, patient) = (&making.settings.sender, making.patient);
    let clinician = making.clinician();
    vec![
        format!(
            "Consultation report, version {}, page 1 of 1",
            making.version
        ),
        String::new(),
        format!("Patient: {}, {}", patient.family.as_str(), patient.given),
        format!(
            "Born: {}   NHS number: {}",
            making.born.iso(),
            patient.number.spaced()
        ),
        format!("Seen at: {} ({})", sender.name, sender.ods),
        format!(
            "Seen by: {} {} {}",
            clinician.title, clinician.given, clinician.family
        ),
        format!(
            "Sent to: {} ({})",
            making.settings.receiver.name, making.settings.receiver.ods
        ),
        format!("Date: {}", super::super::patients::day(making.now())),
        String::new(),
        format!(
            "Case {}. Invented for a rehearsal; no real patient is meant.",
            making.case
        ),
    ]
}
