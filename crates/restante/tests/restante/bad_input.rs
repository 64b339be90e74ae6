//! Bad input gets a clear answer and loses nothing.

use std::fs;
use std::path::Path;

use crate::kit::{Loop, OSPREY, Place, STARLING, newest, place_by_hand, restante};

/// Runs the client until the pair is in FAILED; returns the error report in IN.
fn fail(all: &Loop, place: Place) -> String {
    let output = restante()
        .args(["client", "--once", "--config"])
        .arg(all.home(place).join("client.toml"))
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(1),
        "a failed pair is told by the exit code"
    );
    let report = newest(&all.mailbox(place, "IN"), ".ctl").expect("a report in IN");
    fs::read_to_string(report).unwrap()
}

fn put(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_control_file_that_is_not_xml_fails_with_a_report_and_both_files_are_kept() {
    let mut all = Loop::new();
    all.start_server();
    let out = all.mailbox(STARLING, "OUT");
    put(&out.join("letter.dat"), b"<Bundle/>");
    put(&out.join("letter.ctl"), b"not a control file");
    let report = fail(&all, STARLING);
    assert!(report.contains("<Status>ERROR</Status>"), "{report}");
    let failed = all.mailbox(STARLING, "FAILED");
    assert_eq!(fs::read(failed.join("letter.dat")).unwrap(), b"<Bundle/>");
    assert_eq!(
        fs::read(failed.join("letter.ctl")).unwrap(),
        b"not a control file"
    );
}

#[test]
fn a_control_file_that_names_another_mailbox_fails_with_code_07() {
    let mut all = Loop::new();
    all.start_server();
    place_by_hand(&all, STARLING, "letter", OSPREY.mailbox, b"<Bundle/>");
    let control = all.mailbox(STARLING, "OUT").join("letter.ctl");
    let text = fs::read_to_string(&control).unwrap();
    fs::write(&control, text.replace(STARLING.mailbox, "X26ABC9")).unwrap();
    let report = fail(&all, STARLING);
    assert!(report.contains("<StatusCode>07</StatusCode>"), "{report}");
    assert!(all.mailbox(STARLING, "FAILED").join("letter.dat").exists());
}

#[test]
fn a_control_file_without_its_data_fails_with_code_02() {
    let mut all = Loop::new();
    all.start_server();
    place_by_hand(&all, STARLING, "letter", OSPREY.mailbox, b"<Bundle/>");
    fs::remove_file(all.mailbox(STARLING, "OUT").join("letter.dat")).unwrap();
    all.client_option(STARLING, "lone_control_file_seconds = 0");
    let report = fail(&all, STARLING);
    assert!(report.contains("<StatusCode>02</StatusCode>"), "{report}");
    assert!(all.mailbox(STARLING, "FAILED").join("letter.ctl").exists());
}

#[test]
fn a_message_that_is_not_xml_is_answered_with_10009_and_raises_no_task() {
    let mut all = Loop::new();
    all.start_server();
    place_by_hand(&all, STARLING, "letter", OSPREY.mailbox, b"this is no XML");
    all.client(STARLING);
    all.collect_until(OSPREY, "IN", ".dat");
    let took = all.practice(OSPREY, None);
    assert!(String::from_utf8_lossy(&took.stdout).contains("tasks 0"));
    let kept = newest(&all.home(OSPREY).join("received"), ".dat").expect("what came is kept");
    assert_eq!(fs::read(kept).unwrap(), b"this is no XML");
    all.client(OSPREY);
    let answer = all.collect_until(STARLING, "IN", ".dat");
    let answer = fs::read_to_string(answer).unwrap();
    assert!(answer.contains("10009"), "{answer}");
    assert!(
        answer.contains("UNREADABLE-IN-ORIGINAL-MESSAGE"),
        "{answer}"
    );
}
