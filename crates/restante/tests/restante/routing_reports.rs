//! The five ways a patient address can fail: each comes home as a report in the sender's inbox.

use std::fs;

use crate::kit::{Loop, STARLING, assert_no_patient_data, place_by_hand};

/// Sends a message to `address` and returns the report's control file.
fn report_for(all: &Loop, address: &str) -> String {
    place_by_hand(all, STARLING, "letter", address, b"<Bundle/>");
    let report = all.collect_until(STARLING, "IN", ".ctl");
    fs::read_to_string(report).unwrap()
}

fn assert_reported(control: &str, code: &str, text: &str) {
    for part in [
        "<MessageType>Report</MessageType>",
        "<Event>SEND</Event>",
        "<Status>ERROR</Status>",
        &format!("<StatusCode>{code}</StatusCode>"),
        &format!("<Description>{text}</Description>"),
        "<LocalId>A81001</LocalId>",
        "<WorkflowId>GPFED_CONSULT_REPORT</WorkflowId>",
    ] {
        assert!(control.contains(part), "{part} is missing in {control}");
    }
    assert!(
        !control.contains("GPPROVIDER"),
        "the report does not repeat the patient's details"
    );
}

#[test]
fn epl_150_several_mailboxes_match() {
    let mut all = Loop::new();
    all.add_mailbox("A20047OT002", "A20047");
    all.allow("GPFED_CONSULT_REPORT", &["A20047OT002"]);
    all.start_server();
    let control = report_for(&all, "GPPROVIDER_9693632109_23061946_GARTON");
    assert_reported(&control, "EPL-150", "Multiple mailboxes matches");
}

#[test]
fn epl_151_no_mailbox_matches_for_a_patient_without_a_practice() {
    let mut all = Loop::new();
    all.start_server();
    let control = report_for(&all, "GPPROVIDER_9732110317_21061936_SANDERSON");
    assert_reported(&control, "EPL-151", "No mailbox matched");
}

#[test]
fn epl_152_the_nhs_number_is_not_one() {
    let mut all = Loop::new();
    all.start_server();
    let control = report_for(&all, "GPPROVIDER_9693632108_23061946_GARTON");
    assert_reported(&control, "EPL-152", "Invalid NHS Number");
}

#[test]
fn epl_153_nobody_has_the_nhs_number() {
    let mut all = Loop::new();
    all.start_server();
    let control = report_for(&all, "GPPROVIDER_9111231130_23061946_GARTON");
    assert_reported(&control, "EPL-153", "NHS Number not found");
}

#[test]
fn epl_154_the_date_of_birth_is_another() {
    let mut all = Loop::new();
    all.start_server();
    let control = report_for(&all, "GPPROVIDER_9693632109_24061946_GARTON");
    assert_reported(
        &control,
        "EPL-154",
        "NHS Number supplied does not match the demographics",
    );
    assert_no_patient_data(&all.all_logs());
}
