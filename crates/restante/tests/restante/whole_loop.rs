//! The main job by separate processes, with the server killed and restarted between every two steps.

use std::fs;

use crate::kit::{Loop, OSPREY, STARLING, assert_no_patient_data, newest};

#[test]
fn a_consultation_survives_a_killed_server_between_every_two_steps() {
    let mut all = Loop::new();
    all.start_server();

    all.practice(STARLING, Some(&all.example()));
    let out = newest(&all.mailbox(STARLING, "OUT"), ".dat").expect("step 1 puts a pair in OUT");
    let written = fs::read(out).unwrap();
    all.kill_and_restart_server();

    let sent = all.collect_until(STARLING, "SENT", ".ctl");
    assert!(fs::read_to_string(sent).unwrap().contains("<DTSId>"));
    all.kill_and_restart_server();

    let received = all.collect_until(OSPREY, "IN", ".dat");
    assert_eq!(
        fs::read(received).unwrap(),
        written,
        "step 5 brings the same bytes"
    );
    all.kill_and_restart_server();

    let took = all.practice(OSPREY, None);
    assert!(
        String::from_utf8_lossy(&took.stdout).contains("tasks 1"),
        "step 6 raises the task"
    );
    let kept = newest(&all.home(OSPREY).join("received"), ".dat").unwrap();
    assert_eq!(
        fs::read(kept).unwrap(),
        written,
        "the practice keeps the message byte for byte"
    );
    all.kill_and_restart_server();

    all.client(OSPREY);
    all.kill_and_restart_server();

    all.collect_until(STARLING, "IN", ".dat");
    let home = all.practice(STARLING, None);
    let told = String::from_utf8_lossy(&home.stdout).into_owned();
    assert!(
        told.contains("Delivered"),
        "both acknowledgements close the consultation: {told}"
    );
    assert_no_patient_data(&all.all_logs());
}
