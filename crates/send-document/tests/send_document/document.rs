//! Any document: from its record and files to a message of 2.0, or to what is wrong with them.

use crate::common::{Counted, PREVIOUS, ids, params, parse, transport};
use proptest::prelude::*;
use send_document::{
    BuildParams, Built, CheckedDocument, Ruleset, SendDocumentError, build_document, check, read,
};
use serde_json::{Value, json};

const EXAMPLE: &[u8] = include_bytes!("../../examples/document.json");
const PDF: &str = "JVBERi0xLjcKJSVFT0YK";

fn example() -> Value {
    serde_json::from_slice(EXAMPLE).unwrap()
}

/// Only what is required.
fn least() -> Value {
    let full = example();
    json!({
        "type": full["type"],
        "title": "Clinic letter",
        "recipient_type": "FA",
        "patient": {
            "nhs_number": "9693632109",
            "family_name": "GARTON",
            "birth_date": "1946-06-23",
        },
        "organisation": full["organisation"],
        "files": [{ "title": "Letter", "content": PDF }],
    })
}

/// A consultation's report, which 1.3 carries.
fn report() -> Value {
    let mut record = least();
    record["type"] = json!({ "code": "371531000", "display": "Report of clinical encounter" });
    record["title"] = json!("Consultation report");
    record["practitioner"] = example()["practitioner"].clone();
    record
}

fn of(record: &Value) -> Result<CheckedDocument, SendDocumentError> {
    let json = serde_json::to_vec(record).unwrap();
    CheckedDocument::from_json(&json, &mut |name| Err(format!("no file, found {name}")))
}

fn built(record: &Value, ruleset: Ruleset) -> Result<Built, SendDocumentError> {
    let randomness = Counted::default();
    build_document(&of(record)?, ruleset, &params(ruleset, &randomness))
}

fn breaks_no_rule(message: &Built, ruleset: Ruleset) {
    let document = parse(&message.message);
    assert_eq!(document.findings, []);
    let found = check(&document, Some(&transport(message)), ruleset);
    assert_eq!(found, [], "{ruleset:?}");
}

/// The paths of what is wrong.
fn wrong(record: &Value) -> Vec<String> {
    match of(record) {
        Err(SendDocumentError::InvalidDocument(wrong)) => {
            wrong.into_iter().map(|field| field.path).collect()
        }
        Err(other) => panic!("{other}"),
        Ok(_) => Vec::new(),
    }
}

fn with(path: &str, value: Value) -> Value {
    let mut record = example();
    *record.pointer_mut(path).unwrap() = value;
    record
}

#[test]
fn the_example_breaks_no_rule_and_is_read_back_whole() {
    let message = built(&example(), Ruleset::V2_0).unwrap();
    breaks_no_rule(&message, Ruleset::V2_0);
    assert_eq!(message.workflow.as_str(), "GPCONNECT_SEND_DOCUMENT");
    assert_eq!(message.to, "GPPROVIDER_9693632109_19460623_GARTON");
    assert_eq!(message.local_id, "A81001");
    let expected = "Online consultation summary for Mr Bill GARTON, NHS Number: 9693632109, seen at \
                    Cumbria Starling Medical Centre, A81001, Version: 1";
    assert_eq!(message.subject, expected);
    let read = read(&parse(&message.message)).unwrap();
    assert_eq!(read.title, "Online consultation summary");
    assert_eq!(read.document_type_code.as_deref(), Some("325871000000103"));
    assert_eq!(
        read.document_type.as_deref(),
        example()["type"]["display"].as_str()
    );
    assert_eq!(
        read.care_setting.as_deref(),
        Some("General practice service")
    );
    assert_eq!(
        read.about.as_deref(),
        example()["event"]["display"].as_str()
    );
    assert!(!read.for_action && !read.confidential);
    assert_eq!(read.sender_reference.as_deref(), example()["id"].as_str());
    assert_eq!(read.practitioner_name.as_deref(), Some("Dr Amara Reid"));
    assert_eq!(
        read.custodian_name.as_deref(),
        Some("Cumbria Starling Medical Centre")
    );
    let types = read.attachments.iter().map(|file| &*file.content_type);
    assert_eq!(types.collect::<Vec<_>>(), ["text/html", "text/plain"]);
    assert_eq!(read.attachments[1].title, "Answers");
    assert_eq!(
        read.attachments[1].content,
        b"Pain: 3 of 10. Fever: no. Rash: no.\n"
    );
    assert_eq!(read.sections.len(), 1);
    assert_eq!(
        Some(read.sections[0].text().as_str()),
        example()["files"][0]["text"].as_str()
    );
    let xml = String::from_utf8(message.message).unwrap();
    for part in [
        "<start value=\"2026-03-01\"/>",
        "<value value=\"Y99990\"/>",
        "<versionId value=\"1\"/>",
    ] {
        assert_eq!(xml.matches(part).count(), 1, "{part}");
    }
    assert_eq!(xml.matches("<author>").count(), 2);
}

#[test]
fn the_least_record_breaks_no_rule() {
    let message = built(&least(), Ruleset::V2_0).unwrap();
    breaks_no_rule(&message, Ruleset::V2_0);
    let read = read(&parse(&message.message)).unwrap();
    assert!(read.for_action);
    assert_eq!(read.practitioner_name, None);
    assert_eq!((read.care_setting, read.about), (None, None));
}

#[test]
fn gpcm_sd_032_a_practitioner_without_an_sds_id_is_sent_as_unk() {
    let mut record = example();
    let practitioner = record["practitioner"].as_object_mut().unwrap();
    practitioner.remove("sds_user_id");
    let message = built(&record, Ruleset::V2_0).unwrap();
    breaks_no_rule(&message, Ruleset::V2_0);
    assert!(
        String::from_utf8(message.message)
            .unwrap()
            .contains("\"UNK\"")
    );
}

/// Contents of each listed type, in base64.
const FILES: [(&str, &str); 12] = [
    ("application/pdf", PDF),
    ("application/rtf", "e1xydGYxIGF9"),
    ("image/png", "iVBORw0KGgoA"),
    ("image/jpeg", "/9j/4AA="),
    ("image/tiff", "SUkqAAgA"),
    ("image/tiff", "TU0AKgAA"),
    ("text/plain", "YSBsZXR0ZXIK"),
    ("text/html", "PCFET0NUWVBFIGh0bWw+PHA+YTwvcD4="),
    ("text/html", "PHA+YTwvcD4="),
    ("application/xml", "PD94bWwgdmVyc2lvbj0nMS4wJz8+PGEvPg=="),
    (
        "application/msword",
        "0M8R4KGxGuFXAG8AcgBkAEQAbwBjAHUAbQBlAG4AdAA=",
    ),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "UEsDBHdvcmQvZG9jdW1lbnQueG1s",
    ),
];

#[test]
fn attachment_type_every_listed_type_may_be_the_document_and_travel_with_one() {
    for (content_type, content) in FILES {
        let file = json!({ "title": "A", "content_type": content_type, "content": content });
        let report = json!({ "title": "B", "content": PDF });
        for files in [json!([file]), json!([report, file]), json!([file, report])] {
            let message = built(&with("/files", files), Ruleset::V2_0).unwrap();
            breaks_no_rule(&message, Ruleset::V2_0);
            let read = read(&parse(&message.message)).unwrap();
            let is_there = |it: &itk3::ReceivedAttachment| it.content_type == content_type;
            assert!(read.attachments.iter().any(is_there), "{content_type}");
        }
    }
}

#[test]
fn gpcm_sd_114_every_status_of_2_0_is_carried() {
    for status in ["final", "amended", "preliminary", "entered-in-error"] {
        let mut record = example();
        record["status"] = json!(status);
        let message = built(&record, Ruleset::V2_0).unwrap();
        breaks_no_rule(&message, Ruleset::V2_0);
        let xml = String::from_utf8(message.message).unwrap();
        assert!(xml.contains(&format!("<status value=\"{status}\"/>")));
    }
}

#[test]
fn gpcm_sd_123_a_later_version_names_what_it_replaces_in_the_record_or_in_the_parameters() {
    let mut record = example();
    record["version"] = json!(2);
    record["replaces"] = json!(PREVIOUS.to_string());
    let randomness = Counted::default();
    let stated = BuildParams {
        version: 2,
        replaces: Some(PREVIOUS),
        ..params(Ruleset::V2_0, &randomness)
    };
    let document = of(&example()).unwrap();
    for message in [
        built(&record, Ruleset::V2_0).unwrap(),
        build_document(&document, Ruleset::V2_0, &stated).unwrap(),
    ] {
        breaks_no_rule(&message, Ruleset::V2_0);
        let read = read(&parse(&message.message)).unwrap();
        assert_eq!(read.replaces, Some(PREVIOUS.to_string()));
        assert_eq!((read.version, message.version), (Some(2), 2));
    }
    let alone = BuildParams {
        version: 3,
        ..params(Ruleset::V2_0, &randomness)
    };
    let refused = build_document(&document, Ruleset::V2_0, &alone);
    let expected = SendDocumentError::Version {
        version: 3,
        replaces: false,
    };
    assert_eq!(refused, Err(expected));
}

#[test]
fn a_report_of_a_consultation_is_carried_by_1_3() {
    let message = built(&report(), Ruleset::V1_3).unwrap();
    breaks_no_rule(&message, Ruleset::V1_3);
    assert_eq!(message.workflow.as_str(), "GPFED_CONSULT_REPORT");
}

#[test]
fn what_1_3_cannot_carry_is_refused_by_name() {
    let full = example();
    for (field, value, path) in [
        ("type", full["type"].clone(), "type.code"),
        ("title", json!("Clinic letter"), "title"),
        ("status", json!("amended"), "status"),
        ("care_setting", full["care_setting"].clone(), "care_setting"),
        ("event", full["event"].clone(), "event"),
        ("recipient_type", json!("FI"), "recipient_type"),
        ("practitioner", Value::Null, "practitioner"),
        (
            "author_organisation",
            full["author_organisation"].clone(),
            "author_organisation",
        ),
        ("files", full["files"].clone(), "files[0]"),
    ] {
        let mut record = report();
        record[field] = value;
        let Err(SendDocumentError::NotCarried(wrong)) = built(&record, Ruleset::V1_3) else {
            panic!("{field} is carried");
        };
        let paths: Vec<&str> = wrong.iter().map(|field| field.path.as_str()).collect();
        assert_eq!(paths, [path]);
        let said = SendDocumentError::NotCarried(wrong).to_string();
        assert!(said.contains("by the rules of 2.0"), "{said}");
        built(&record, Ruleset::V2_0).unwrap();
    }
}

#[test]
fn gpcm_sd_117_a_confidential_document_is_not_sent() {
    let mut record = example();
    record["confidential"] = json!(true);
    assert_eq!(wrong(&record), ["confidential"]);
}

#[test]
fn every_field_that_is_wrong_is_named() {
    let long = "a".repeat(256);
    for (pointer, value, path) in [
        ("/type/code", json!("325871000000104"), "type.code"),
        ("/type/display", json!(" "), "type.display"),
        ("/care_setting/code", json!("12345"), "care_setting.code"),
        ("/event/code", json!("abc"), "event.code"),
        ("/event/end", json!("2026-02-28"), "event.end"),
        ("/title", json!(long), "title"),
        ("/title", json!("a\nb"), "title"),
        ("/title", json!("a for b, NHS Number: 1"), "title"),
        ("/organisation/name", json!("a, ODS Code b"), "title"),
        ("/organisation/name", json!(""), "organisation.name"),
        ("/organisation/phone", json!(""), "organisation.phone"),
        (
            "/organisation/ods_code",
            json!("?"),
            "organisation.ods_code",
        ),
        (
            "/author_organisation/name",
            json!(""),
            "author_organisation.name",
        ),
        (
            "/patient/nhs_number",
            json!("9693632108"),
            "patient.nhs_number",
        ),
        (
            "/patient/family_name",
            json!("A".repeat(70)),
            "patient.family_name",
        ),
        (
            "/patient/given_names",
            json!([""]),
            "patient.given_names[0]",
        ),
        (
            "/practitioner/family_name",
            json!(""),
            "practitioner.family_name",
        ),
        ("/recipient_type", json!("XX"), "recipient_type"),
        ("/id", json!("1"), "id"),
        ("/files", json!([]), "files"),
        ("/files/0/title", json!(""), "files[0].title"),
        ("/files/0/text", json!(""), "files[0].text"),
        ("/files/0/content", json!("?"), "files[0].content"),
        ("/files/0/content", json!(""), "files[0].content_type"),
        ("/files/0/content", Value::Null, "files[0].file"),
        (
            "/files/0/content_type",
            json!("image/gif"),
            "files[0].content_type",
        ),
        (
            "/files/0/content_type",
            json!("image/png"),
            "files[0].content_type",
        ),
        ("/files/1/content", json!("PHNjcmlwdD4="), ""),
    ] {
        let expected: &[&str] = if path.is_empty() { &[] } else { &[path] };
        assert_eq!(wrong(&with(pointer, value)), expected, "{pointer}");
    }
    let both = json!([{ "title": "A", "content": PDF, "file": "a.pdf" }]);
    assert_eq!(wrong(&with("/files", both)), ["files[0].content"]);
    let named = json!([{ "title": "A", "file": "a.pdf" }]);
    assert_eq!(wrong(&with("/files", named)), ["files[0].file"]);
    let script = json!([{ "title": "A", "content_type": "text/html", "content": "PHNjcmlwdD4=" }]);
    assert_eq!(wrong(&with("/files", script)), ["files[0]"]);
    let many = json!(vec![json!({ "title": "A", "content": PDF }); 101]);
    assert_eq!(wrong(&with("/files", many)), ["files"]);
    let mut versions = example();
    versions["version"] = json!(2);
    assert_eq!(wrong(&versions), ["version"]);
    versions["colour"] = json!("red");
    versions["organisation"]["name"] = json!(7);
    assert_eq!(wrong(&versions), ["colour", "organisation.name", "version"]);
}

#[test]
fn no_value_of_the_record_is_told() {
    let mut record = example();
    record["patient"]["nhs_number"] = json!("9999999999");
    record["patient"]["birth_date"] = json!("1846-06-23x");
    record["title"] = json!("Psychiatric\u{1}");
    record["files"][0]["content"] = json!("Psychiatric");
    let said = of(&record).unwrap_err().to_string();
    for value in ["9999999999", "1846", "Psychiatric"] {
        assert!(!said.contains(value), "{said}");
    }
    let shown = format!("{:?}", of(&example()).unwrap());
    assert_eq!(shown, "CheckedDocument(redacted)");
}

#[test]
fn files_are_read_in_order_and_no_further_than_there_is_room() {
    let mut record = example();
    let named = |name: &str| json!({ "title": name, "file": name });
    record["files"] = json!([named("a.txt"), named("b.txt"), named("c.txt")]);
    let json = serde_json::to_vec(&record).unwrap();
    let mut asked = Vec::new();
    let refused = CheckedDocument::from_json(&json, &mut |name| {
        asked.push(name.to_owned());
        Ok(vec![b'a'; 30_000_000])
    });
    assert_eq!(asked, ["a.txt", "b.txt"]);
    let said = refused.unwrap_err().to_string();
    assert!(
        said.contains("files: expected at most 40000000 bytes"),
        "{said}"
    );
}

fn record() -> impl Strategy<Value = Value> {
    let words = "[A-Za-z][A-Za-z' –é-]{0,30}[a-z]";
    let texts = (words, words, words, words, "\\PC{1,40}");
    let choices = (any::<[bool; 6]>(), 0..FILES.len(), 1u32..5);
    (texts, choices).prop_map(
        |((title, given, name, author, text), (has, file, version))| {
            let mut record = example();
            record["title"] = json!(title);
            record["patient"]["given_names"] = json!([given]);
            record["organisation"]["name"] = json!(name);
            record["practitioner"]["family_name"] = json!(author);
            let (content_type, content) = FILES[file];
            record["files"][1] =
                json!({ "title": title, "content": content, "content_type": content_type });
            if !text.trim().is_empty() {
                record["files"][1]["text"] = json!(text);
            }
            let left_out = [
                "id",
                "care_setting",
                "event",
                "practitioner",
                "author_organisation",
            ];
            for (field, _) in left_out.iter().zip(has).filter(|(_, has)| !has) {
                record.as_object_mut().unwrap().remove(*field);
            }
            record["recipient_type"] = json!(if has[5] { "FA" } else { "FI" });
            record["version"] = json!(version);
            if version > 1 {
                record["replaces"] = json!(PREVIOUS.to_string());
            }
            record
        },
    )
}

proptest! {
    #[test]
    fn what_is_built_breaks_no_rule(record in record()) {
        let message = built(&record, Ruleset::V2_0).unwrap();
        breaks_no_rule(&message, Ruleset::V2_0);
    }

    /// Whatever the texts are, the record is refused by the paths of these, or its message breaks no rule.
    #[test]
    fn odd_texts_are_refused_or_break_no_rule(
        title in ".{1,40}", family in "\\PC{1,20}", name in "\\PC{1,40}", text in "\\PC{0,10}"
    ) {
        let mut record = example();
        record["title"] = json!(title);
        record["patient"]["family_name"] = json!(family);
        record["organisation"]["name"] = json!(name);
        record["files"][0]["title"] = json!(text);
        match built(&record, Ruleset::V2_0) {
            Ok(message) => breaks_no_rule(&message, Ruleset::V2_0),
            Err(SendDocumentError::InvalidDocument(wrong)) => {
                let texts = ["title", "patient.family_name", "organisation.name", "files[0].title"];
                for field in wrong {
                    prop_assert!(texts.contains(&field.path.as_str()), "{}", field);
                }
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn an_organisation_may_be_the_first_author_under_2_0_only() {
    let message = built(&least(), Ruleset::V2_0).unwrap();
    let document = parse(&message.message);
    assert!(ids(&check(&document, None, Ruleset::V1_3)).contains(&"GPCM-SD-107"));
    assert!(check(&document, None, Ruleset::V2_0).is_empty());
}
