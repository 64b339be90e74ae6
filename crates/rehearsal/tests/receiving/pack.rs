//! The pack of a run.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use nhs::OdsCode;
use rehearsal::receiver::{self, Facts, Patients, PayloadName};
use rehearsal::{Claim, Pack};
use serde_json::Value;

use crate::trial::{Trial, at};

fn written(trial: &Trial, directory: &Path) -> usize {
    let patients = Patients::invented(at(0)).unwrap();
    written_about(trial, &patients, at(600), directory)
}

fn written_about(trial: &Trial, patients: &Patients, ended: Timestamp, directory: &Path) -> usize {
    let list = patients.practice_list(&OdsCode::parse("A20047").unwrap());
    let facts = Facts {
        claim: Claim {
            version: "0.0".to_owned(),
            rules: "the sheet".to_owned(),
        },
        subject: "A system <on> trial",
        command: "restante rehearse receiver",
        way: "through two directories",
        payloads: &[PayloadName::SendDocument20],
        ended,
        patients,
        patient_list: &list,
    };
    receiver::write(&trial.run, &facts, Pack::create(directory).unwrap()).unwrap()
}

#[test]
fn a_pack_has_a_line_for_each_case_and_every_file_that_it_names() {
    let mut trial = Trial::begin();
    trial.answer_all_but(5, |trial, _| {
        vec![trial.given(5, itk3::ResponseCode::Success)]
    });
    let directory = tempfile::tempdir().unwrap();
    let pack = directory.path().join("pack");
    let files = written(&trial, &pack);
    let list = fs::read_to_string(pack.join("receiver.csv")).unwrap();
    assert_eq!(list.lines().count(), 53, "{list}");
    let failed = list.lines().find(|it| it.starts_with("RX-N17,")).unwrap();
    let beginning = "RX-N17,send-document-2.0,messages/5-RX-N17-local-5.xml,20009,20013,15.0,none,none,,0,fail,";
    assert!(failed.starts_with(beginning), "{failed}");
    for name in [
        "messages/1-RX-P01-local-1.xml",
        "answers/1-inf-20013.xml",
        "answers/1-bus-30001.xml",
        "findings/5.json",
        "journeys/5.json",
        "audit.jsonl",
        "environment.json",
        "patients.csv",
        "receiver-messages.csv",
        "junit.xml",
        "index.html",
        "SHA256SUMS",
    ] {
        assert!(pack.join(name).is_file(), "{name}");
    }
    let junit = fs::read_to_string(pack.join("junit.xml")).unwrap();
    assert!(junit.contains("tests=\"52\" failures=\"1\""), "{junit}");
    let readme = fs::read_to_string(pack.join("screenshots/README.md")).unwrap();
    assert!(readme.contains("`RX-P01.png`"), "{readme}");
    let sums = fs::read_to_string(pack.join("SHA256SUMS")).unwrap();
    assert_eq!(sums.lines().count() + 1, files);
    let environment: Value =
        serde_json::from_slice(&fs::read(pack.join("environment.json")).unwrap()).unwrap();
    assert_eq!(environment["seed"], 7);
    assert_eq!(environment["spine"], "No Spine service took part.");
}

#[test]
fn the_page_lists_what_is_missing_first_and_names_no_patient() {
    let trial = Trial::begin();
    let directory = tempfile::tempdir().unwrap();
    let pack = directory.path().join("pack");
    written(&trial, &pack);
    let page = fs::read_to_string(pack.join("index.html")).unwrap();
    let open = page.find("Open: not seen").unwrap();
    let first = page[open..].find("scope=\"row\">").unwrap() + open;
    assert!(page[first..].starts_with("scope=\"row\">RX-P01<"), "{page}");
    assert!(page.contains("Missing: Message 1 "));
    assert!(page.contains("A system &lt;on&gt; trial"));
    assert!(!page.contains("O'REHEARSAL") && !page.contains("9990025002"));
    // when a message is made is no matter of the seed
    assert!(page.contains("7: the same seed makes messages with the same ids and defects<"));
}

#[test]
fn who_may_be_a_person_is_counted_and_not_listed() {
    // 401 023 2137: published as an example of the check digit
    let list = "nhs_number,family_name,given_names,date_of_birth,standing\n\
        9691375087,OWN,Ann,1980-02-03,registered\n\
        4010232137,PERSON,\"Some\n9691375087,Body\",1981-03-04,registered\n\
        9990025010,OTHER,Bo,1982-05-06,registered\n";
    let patients = Patients::from_csv(list.as_bytes(), at(0), true).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let pack = directory.path().join("pack");
    written_about(&Trial::begin(), &patients, at(600), &pack);
    let listed = fs::read_to_string(pack.join("patients.csv")).unwrap();
    assert_eq!(
        listed,
        "nhs_number,family_name,given_names,date_of_birth,gp_ods_code,gp_end_date,date_of_death,standing,since\n\
         9691375087,OWN,Ann,1980-02-03,A20047,,,registered,\n\
         9990025010,OTHER,Bo,1982-05-06,A20047,,,registered,\n"
    );
    let page = fs::read_to_string(pack.join("index.html")).unwrap();
    assert!(
        page.contains(
            "2 test patients, 0 of them invented, and 1 with a number outside the test ranges, who is not listed;"
        ),
        "{page}"
    );
}

#[test]
fn a_pack_says_what_was_still_waited_for_when_its_run_ended() {
    let patients = Patients::invented(at(0)).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let pack = directory.path().join("pack");
    written_about(&Trial::begin(), &patients, at(30), &pack);
    let environment: Value =
        serde_json::from_slice(&fs::read(pack.join("environment.json")).unwrap()).unwrap();
    assert_eq!(environment["missing"].as_array().unwrap().len(), 0);
    let waiting = environment["waiting"].as_array().unwrap();
    assert!(waiting.contains(&"RX-P19".into()), "{waiting:?}");
    let page = fs::read_to_string(pack.join("index.html")).unwrap();
    assert!(page.contains("when the run ended: RX-P01, "), "{page}");
}
