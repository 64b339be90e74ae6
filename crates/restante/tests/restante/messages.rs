//! `restante message` and `restante control-file` on files as people have them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::kit::restante;

const CONSULTATION: &str = include_str!("../../../send-document/examples/consultation.json");

/// A built pair in a directory of its own.
struct Built {
    directory: TempDir,
    message: String,
    control: PathBuf,
}

fn built() -> Built {
    let directory = tempfile::tempdir().unwrap();
    let (code, said) = build(directory.path(), CONSULTATION);
    assert_eq!(code, Some(0), "{said}");
    let file = |ending: &str| {
        let files = fs::read_dir(directory.path().join("out")).unwrap();
        let mut paths = files.map(|entry| entry.unwrap().path());
        paths
            .find(|path| path.extension().is_some_and(|it| it == ending))
            .unwrap()
    };
    Built {
        message: fs::read_to_string(file("dat")).unwrap(),
        control: file("ctl"),
        directory,
    }
}

fn build(directory: &Path, consultation: &str) -> (Option<i32>, String) {
    let path = directory.join("consultation.json");
    fs::write(&path, consultation).unwrap();
    let out = directory.join("out");
    run(&[
        "message",
        "build",
        "--consultation",
        &name(&path),
        "--out",
        &name(&out),
    ])
}

fn name(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let output = restante().args(arguments).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

impl Built {
    fn put(&self, bytes: impl AsRef<[u8]>) -> String {
        let path = self.directory.path().join("message");
        fs::write(&path, bytes).unwrap();
        name(&path)
    }

    /// What `message check --format json` says of these bytes.
    fn check(&self, bytes: impl AsRef<[u8]>) -> Value {
        let file = self.put(bytes);
        let (_, said) = run(&["message", "check", &file, "--format", "json"]);
        serde_json::from_str(&said).unwrap()
    }

    fn finding(&self, bytes: impl AsRef<[u8]>, id: &str) -> Value {
        let checked = self.check(bytes);
        let findings = checked["findings"].as_array().unwrap();
        let found = findings.iter().find(|finding| finding["id"] == id);
        found.unwrap_or_else(|| panic!("{id} in {checked}")).clone()
    }
}

#[test]
fn instructions_comments_and_marks_make_no_difference() {
    let built = built();
    assert_eq!(built.check(&built.message)["valid"], true);
    let style = "<?xml-stylesheet type=\"text/xsl\" href=\"itk.xsl\"?><!-- a --><Bundle";
    for dressed in [
        format!("\u{feff}{}", built.message),
        built.message.replacen("<Bundle", style, 1),
        built
            .message
            .replacen("<entry>", "<entry><?editor mark?><!-- b -->", 1),
    ] {
        let checked = built.check(&dressed);
        assert_eq!(checked["valid"], true, "{checked}");
    }
    let declared = built
        .message
        .replacen("<Bundle", "<!DOCTYPE Bundle><Bundle", 1);
    assert_eq!(built.check(declared)["response"]["code"], "10009");
}

#[test]
fn json_is_json_with_and_without_a_mark() {
    let built = built();
    let json = "{\"resourceType\":\"Bundle\",\"type\":\"message\"}";
    let plain = built.check(json);
    assert_eq!(
        built.check(format!("\u{feff}{json}"))["findings"],
        plain["findings"]
    );
    assert_eq!(plain["response"]["code"], "20006", "{plain}");
}

/// A letter of another payload is checked by what holds for it, and its sender not told to make it a
/// Send Document message.
#[test]
fn another_payload_is_checked_and_shown_as_what_it_is() {
    let built = built();
    let document = built.check(&built.message);
    assert_eq!(document["payload"], "send-document");
    assert_eq!(document["event"], "ITK007C");
    assert_eq!(document["rules"], "Send Document 1.3");
    for (event, payload) in [
        ("ITK006D", "transfer-of-care"),
        ("ITK014M", "update-record"),
        ("ITK009D", "digital-medicines"),
    ] {
        let message = built.message.replace("ITK007C", event);
        let checked = built.check(&message);
        assert_eq!(checked["payload"], payload, "{checked}");
        assert_eq!(checked["event"], event);
        let said = checked.to_string();
        assert!(
            !said.contains("ITK007C") && !said.contains("GPCM-SD"),
            "{said}"
        );
        let (code, shown) = run(&["message", "show", &built.put(&message), "--format", "json"]);
        assert_eq!(code, Some(0));
        let shown: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(shown["payload"], payload);
        assert_eq!(shown["title"], "Consultation report");
    }
    let unknown = built.check(built.message.replace("ITK007C", "ITK999X"));
    assert_eq!(unknown["payload"], Value::Null);
    assert_eq!(unknown["response"]["code"], "10004", "{unknown}");
}

/// The control file says by what the message travels: on another payload's workflow it is refused there
/// (10008 where GP Connect fixes the event, else 10004), and its sender is told by the rules of its own.
#[test]
fn a_message_on_the_workflow_of_another_payload_is_told_what_it_would_be_answered() {
    let built = built();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let good = |path: &str| fs::read_to_string(crates.join(path)).unwrap();
    let update = good("update-record/tests/update_record/good.xml");
    let letter = good("transfer-of-care/tests/transfer_of_care/good.xml");
    for (message, workflow, code, rules, rule) in [
        (
            &built.message,
            "GPCONNECT_UPDATE_RECORD",
            "10008",
            "Send Document 1.3",
            "itk3-workflow",
        ),
        (
            &built.message,
            "TOC_FHIR_OP_ATTEN",
            "10004",
            "Send Document 1.3",
            "itk3-workflow",
        ),
        (
            &update,
            "GPCONNECT_SEND_DOCUMENT",
            "10008",
            "Update Record 1.2",
            "UR-M01",
        ),
        (
            &update,
            "DIGMED_FLU_VAC",
            "10004",
            "Update Record 1.2",
            "UR-M01",
        ),
        (
            &letter,
            "GPFED_CONSULT_REPORT",
            "10008",
            "Transfer of Care",
            "itk3-workflow",
        ),
    ] {
        let control = fs::read_to_string(&built.control).unwrap();
        let control = control.replace("GPFED_CONSULT_REPORT", workflow);
        let path = built.directory.path().join("message.ctl");
        fs::write(&path, control).unwrap();
        let control = name(&path);
        let (message, format) = (built.put(message), ["--format", "json"]);
        let check = ["message", "check", &message, "--control", &control];
        let (_, said) = run(&[&check[..], &format[..]].concat());
        let checked: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(checked["response"]["code"], code, "{workflow}: {said}");
        assert_eq!(checked["rules"], rules);
        let findings = checked["findings"].as_array().unwrap();
        assert!(findings.iter().any(|it| it["id"] == rule), "{said}");
    }
}

#[test]
fn what_is_no_message_is_named() {
    let built = built();
    for (bytes, words) in [
        (&b""[..], "an empty file"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF"),
        (b"\xff\xfe<\0B\0", "UTF-16"),
        (b"<Bundle a='\xe9'/>", "at line 1, column 12"),
    ] {
        let file = built.put(bytes);
        for command in ["check", "show"] {
            let (code, said) = run(&["message", command, &file]);
            assert_ne!(code, Some(0));
            assert!(said.contains(words), "{command}: {said}");
        }
    }
}

#[test]
fn a_number_with_blanks_or_hyphens_is_an_error_of_its_sender() {
    let built = built();
    for number in ["969 363 2109", "969-363-2109", "9693632109 "] {
        let text = built
            .message
            .replace("value=\"9693632109\"", &format!("value=\"{number}\""));
        let finding = built.finding(&text, "GPCM-SD-035");
        assert_eq!(finding["severity"], "error", "{finding}");
    }
}

#[test]
fn what_a_profile_forbids_is_an_error_of_its_sender_and_tolerated_when_received() {
    let built = built();
    let received = fs::read_to_string(&built.control).unwrap().replace(
        "</DTSControl>",
        "<StatusRecord><Status>SUCCESS</Status></StatusRecord></DTSControl>",
    );
    let to = received
        .split("<To_DTS>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap()
        .to_owned();
    let control = built.directory.path().join("received.ctl");
    fs::write(&control, received.replace(&to, "A20047OT001")).unwrap();
    let endpoint = built.message.find("<endpoint ").unwrap();
    let (before, behind) = built.message.split_at(endpoint);
    let named = format!("{before}<name value=\"x\"/>{behind}");
    assert_eq!(
        built.finding(&named, "itk3-source-forbidden")["severity"],
        "error"
    );
    let file = built.put(&named);
    let control = name(&control);
    let (code, said) = run(&["message", "check", &file, "--control", &control]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("warning  itk3-source-forbidden"), "{said}");
}

#[test]
fn a_finding_in_a_file_of_one_line_shows_the_place() {
    let built = built();
    let one_line = built.message.replace('\n', "");
    let broken = one_line.replace("value=\"1946-06-23\"", "value=\"1946-06-99\"");
    let file = built.put(&broken);
    let (_, said) = run(&["message", "check", &file]);
    let excerpt = said.lines().find(|line| line.trim().starts_with("| "));
    assert!(excerpt.unwrap().contains("1946-06-99"), "{said}");
    let (_, said) = run(&[
        "message",
        "check",
        &built.put(&one_line[..one_line.len() - 3]),
    ]);
    assert!(said.contains("not well-formed XML at line 1"), "{said}");
}

#[test]
fn nothing_of_a_message_acts_on_a_terminal() {
    let built = built();
    let text = built.message.replace("GARTON", "GAR\u{202e}TON\u{9b}31m");
    let json = "{\"resourceType\":\"\\u001b[2J\\u0007Bundle\"}";
    let files = [built.put(&text), name(&built.directory.path().join("json"))];
    fs::write(&files[1], json).unwrap();
    for (command, file) in [
        ("show", &files[0]),
        ("check", &files[0]),
        ("check", &files[1]),
    ] {
        let (_, said) = run(&["message", command, file]);
        let raw = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!said.contains(raw), "{said:?}");
    }
}

#[test]
fn a_pair_that_is_built_is_one_the_client_takes_or_is_not_built() {
    let built = built();
    let (code, said) = run(&["control-file", "check", &name(&built.control)]);
    assert_eq!(code, Some(0), "{said}");
    let directory = tempfile::tempdir().unwrap();
    let long = CONSULTATION
        .replace("GARTON", &"X".repeat(70))
        .replace("Garton", &"X".repeat(70));
    let (code, said) = build(directory.path(), &long);
    assert_ne!(code, Some(0));
    assert!(
        said.contains("patient.family_name: expected at most 69 characters"),
        "{said}"
    );
    assert!(!directory.path().join("out").exists());
}

#[test]
fn every_wrong_field_of_a_consultation_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let wrong = CONSULTATION
        .replacen("\"nhs_number\": \"", "\"nhs_number\": \"1", 1)
        .replacen("\"given_names\"", "\"given_name\"", 1);
    let (code, said) = build(directory.path(), &wrong);
    assert_ne!(code, Some(0));
    assert!(
        said.contains("patient.nhs_number: an NHS number is 10 digits"),
        "{said}"
    );
    let unknown =
        "patient.given_name: is not a field of the consultation format; here are `nhs_number`";
    assert!(said.contains(unknown), "{said}");
}

#[test]
fn each_fault_of_a_control_file_is_told_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.ctl");
    let text = "<DTSControl>\n<Version>1.0</Version>\n<AddressType>SMTP</AddressType>\n\
                <MessageType>Data</MessageType>\n<From_DTS>X26ABC1</From_DTS>\n\
                <WorkflowId>W</WorkflowId>\n</DTSControl>";
    fs::write(&file, text).unwrap();
    let (code, said) = run(&["control-file", "check", &name(&file)]);
    assert_eq!(code, Some(1));
    for words in [
        "10: AddressType at line 3, column 1: expected DTS or ALL, found SMTP",
        "08: To_DTS: expected the recipient's mailbox or a patient address, found none",
    ] {
        assert!(said.contains(words), "{said}");
    }
    let (_, said) = run(&["control-file", "check", &name(&file), "--format", "json"]);
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said[0]["code"], "10");
    assert_eq!(said[0]["faults"][0]["line"], 3);
    assert_eq!(said[0]["faults"][1]["element"], "To_DTS");
    let declared = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>";
    let plain = text.replace("SMTP", "DTS").replace(
        "<WorkflowId>",
        "<Subject>Si\u{e2}n</Subject><To_DTS>X26ABC2</To_DTS><WorkflowId>",
    );
    let western: Vec<u8> = plain.chars().map(|c| c as u8).collect();
    fs::write(&file, [declared.as_slice(), &western].concat()).unwrap();
    assert_eq!(run(&["control-file", "check", &name(&file)]).0, Some(0));
    fs::write(&file, &western).unwrap();
    let (_, said) = run(&["control-file", "check", &name(&file)]);
    assert!(
        said.contains("expected UTF-8, found another byte sequence at line 6"),
        "{said}"
    );
}

/// What a pharmacy's consultation becomes breaks no rule of its payload, and is shown entry by entry.
#[test]
fn an_update_record_is_built_checked_and_shown() {
    let directory = TempDir::new().unwrap();
    let out = name(directory.path());
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let consultation = crates.join("update-record/examples/minor-illness.json");
    let built = [
        "message",
        "build",
        "--payload",
        "update-record",
        "--format",
        "json",
    ];
    let files = ["--consultation", &name(&consultation), "--out", &out];
    let (code, said) = run(&[&built[..], &files[..]].concat());
    assert_eq!(code, Some(0), "{said}");
    let written: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(written["workflow"], "GPCONNECT_UPDATE_RECORD");
    let file = |key: &str| written[key].as_str().unwrap().to_owned();
    let (data, control) = (file("data_file"), file("control_file"));
    let check = [
        "message",
        "check",
        &data,
        "--control",
        &control,
        "--format",
        "json",
    ];
    let (code, said) = run(&check);
    assert_eq!(code, Some(0), "{said}");
    let checked: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(checked["payload"], "update-record");
    assert_eq!(checked["rules"], "Update Record 1.2");
    assert_eq!(checked["findings"], serde_json::json!([]));
    let (code, shown) = run(&["message", "show", &data]);
    assert_eq!(code, Some(0));
    assert!(shown.contains("60001007 | Not pregnant"), "{shown}");
}

/// A hospital's letter breaks no rule of its payload, and every section is shown in its order.
#[test]
fn a_hospitals_letter_is_checked_and_shown_under_its_headings() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let letter = name(&crates.join("transfer-of-care/tests/transfer_of_care/good.xml"));
    let (code, said) = run(&["message", "check", &letter, "--format", "json"]);
    assert_eq!(code, Some(0), "{said}");
    let checked: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(checked["payload"], "transfer-of-care");
    assert_eq!(checked["rules"], "Transfer of Care");
    assert_eq!(checked["findings"], serde_json::json!([]));
    let (code, shown) = run(&["message", "show", &letter]);
    assert_eq!(code, Some(0));
    let mut lines = shown.lines().map(str::trim);
    for line in [
        "section        Allergies and adverse reactions",
        "Causative agent | Penicillin",
        "section        Diagnoses",
        "Asthma",
        "section        Plan and requested actions",
        "Repeat bloods",
        "in two weeks",
    ] {
        assert!(lines.any(|shown| shown == line), "{line}: {shown}");
    }
}
