//! What a visitor's system can send beside a report, and what it can be sent: every payload becomes a task at Osprey, and
//! a letter about the visitor's own patient comes to the visitor's mailbox.

use std::fs;
use std::path::{Path, PathBuf};

use super::connect::run_client_until_in_has;
use super::running::Running;
use crate::kit::{newest, restante};

/// A discharge summary for Bill Garton.
const DISCHARGE: &str =
    include_str!("../../../../transfer-of-care/tests/transfer_of_care/good.xml");
const DISCHARGE_CONTROL: &str = "<DTSControl><Version>1.0</Version><AddressType>DTS</AddressType>\
    <MessageType>Data</MessageType><From_DTS>Y90001OT001</From_DTS>\
    <To_DTS>GPPROVIDER_9693632109_23061946_GARTON</To_DTS><Subject>Discharge</Subject>\
    <LocalId>discharge-1</LocalId><WorkflowId>TOC_FHIR_IP_DISCH</WorkflowId>\
    <Compress>N</Compress><Encrypted>N</Encrypted></DTSControl>";

/// An example of a crate, for another patient.
fn example(dir: &Path, path: &str, instead: &[(&str, &str)]) -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let text = fs::read_to_string(crates.join(path)).unwrap();
    let text = instead.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{path}: {from}");
        text.replace(from, to)
    });
    let file = dir.join("consultation.json");
    fs::write(&file, text).unwrap();
    file
}

/// Builds a message into an OUT.
fn build(consultation: &Path, options: &[&str], out: &Path) {
    let mut build = restante();
    build.args(["message", "build"]).args(options);
    build.arg("--consultation").arg(consultation);
    let built = build.arg("--out").arg(out).output().unwrap();
    assert!(built.status.success(), "{built:?}");
}

/// The page that Osprey's inbox leads to, of the task from this sender.
async fn task(demo: &Running, sender: &str) -> String {
    let inbox = demo.page("/osprey/inbox").await;
    let (before, _) = inbox.rsplit_once(sender).expect(&inbox);
    let (_, link) = before.rsplit_once("href=\"/osprey/inbox/").expect(&inbox);
    let (id, _) = link.split_once('"').unwrap();
    demo.page(&format!("/osprey/inbox/{id}")).await
}

#[tokio::test]
async fn an_update_record_of_a_visitors_becomes_a_task_to_review() {
    let (dir, made) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let demo = Running::start(dir.path()).await;
    let consultation = example(
        made.path(),
        "update-record/examples/minor-illness.json",
        &[
            ("9691375087", "9693632109"),
            ("REHEARSAL", "GARTON"),
            ("1984-05-06", "1946-06-23"),
        ],
    );
    let options = ["--payload", "update-record", "--mailbox", "Y90001OT001"];
    build(&consultation, &options, &demo.connect("mailbox/OUT"));
    run_client_until_in_has(dir.path(), "client.toml", 2);
    let page = task(&demo, "Corner Pharmacy").await;
    assert!(page.contains("Review the entries"), "{page}");
}

#[tokio::test]
async fn a_hospital_letter_of_a_visitors_becomes_a_task() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Running::start(dir.path()).await;
    let out = demo.connect("mailbox/OUT");
    let letter = DISCHARGE.replace("RX1OT001", "Y90001OT001");
    fs::write(out.join("discharge.dat"), letter).unwrap();
    fs::write(out.join("discharge.ctl"), DISCHARGE_CONTROL).unwrap();
    run_client_until_in_has(dir.path(), "client.toml", 2);
    let page = task(&demo, "Kestrel Hospital").await;
    assert!(page.contains("File to the record"), "{page}");
}

#[tokio::test]
async fn a_letter_about_the_visitors_own_patient_comes_to_the_visitors_mailbox() {
    let (dir, made) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let demo = Running::start(dir.path()).await;
    let consultation = example(
        made.path(),
        "send-document/examples/consultation.json",
        &[
            ("9693632109", "9732019395"),
            ("GARTON", "CUFF"),
            ("1946-06-23", "1926-01-07"),
        ],
    );
    let starling = dir.path().join("practices/starling/mailbox/OUT");
    build(&consultation, &[], &starling);
    run_client_until_in_has(dir.path(), "client.toml", 1);
    let letter = newest(&demo.connect("mailbox/IN"), ".dat").unwrap();
    let letter = fs::read_to_string(letter).unwrap();
    assert!(letter.contains("value=\"9732019395\""), "{letter}");
}
