//! The README's first command, and what can be done with a demo that stays up.

mod connect;
mod examples;
mod faults;
mod live_loop;
mod payloads;
pub(crate) mod running;
mod walk;

use std::fs;
use std::path::Path;
use std::process::Output;

use crate::kit::{assert_no_patient_data, newest, restante};

fn demo(dir: &Path, arguments: &[&str]) -> Output {
    restante()
        .args(["demo", "--once", "--port", "0", "--mesh-port", "0", "--dir"])
        .arg(dir)
        .args(arguments)
        .env("RESTANTE_LOG", "trace")
        .output()
        .unwrap()
}

#[test]
fn the_demo_brings_both_acknowledgements_home_and_leaves_the_documented_files() {
    let dir = tempfile::tempdir().unwrap();
    let output = demo(dir.path(), &[]);
    let told = String::from_utf8(output.stdout).unwrap();
    let logged = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}{logged}");
    for part in [
        " 1 ",
        " 2 ",
        " 3 ",
        " 4 ",
        " 5 ",
        " 6 ",
        "20013",
        "30001",
        "A20047OT001",
    ] {
        assert!(told.contains(part), "{part} is missing in\n{told}");
    }
    assert!(
        told.lines().count() <= 24,
        "the demo's output fits a screen"
    );

    let practices = dir.path().join("practices");
    for place in ["starling", "osprey"] {
        for folder in ["OUT", "IN", "SENT", "FAILED", "TEMP"] {
            assert!(practices.join(place).join("mailbox").join(folder).is_dir());
        }
    }
    let sent = newest(&practices.join("starling/mailbox/SENT"), ".dat").unwrap();
    let received = newest(&practices.join("osprey/received"), ".dat").unwrap();
    assert_eq!(
        fs::read(sent).unwrap(),
        fs::read(received).unwrap(),
        "the same bytes arrive"
    );
    assert!(dir.path().join("exchange").is_dir());
    assert_no_patient_data(&(told + &logged));
}

#[test]
fn a_patient_nobody_knows_comes_back_as_epl_153_and_exit_code_1() {
    let dir = tempfile::tempdir().unwrap();
    let output = demo(dir.path(), &["--patient", "9991106847"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("EPL-153"), "{told}");
}

#[test]
fn a_number_that_is_no_nhs_number_is_wrong_usage() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(
        demo(dir.path(), &["--patient", "9693632108"]).status.code(),
        Some(2)
    );
}

#[test]
fn the_demo_runs_again_in_the_same_directory() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let output = demo(dir.path(), &["--format", "json"]);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(told["delivered"], true);
        assert_eq!(told["steps"].as_array().unwrap().len(), 8);
    }
}
