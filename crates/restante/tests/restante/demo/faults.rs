//! Each fault of the first page is real while it is on; once it is off, the letter arrives, and arrives once.

use std::fs;

use super::running::Running;

/// A demo with a fault on.
async fn with_fault(dir: &std::path::Path, fault: &str) -> Running {
    let demo = Running::start(dir).await;
    demo.switch(fault, true).await;
    demo
}

/// The letter that was sent in trouble comes, and so does one that is sent after it, each once.
async fn arrives_once_it_is_off(demo: &Running, fault: &str) {
    demo.switch(fault, false).await;
    demo.until("the letter comes", |demo| demo.letters() == 2)
        .await;
    demo.send("delivered").await;
    demo.until("both are answered", |demo| demo.answers().len() == 6)
        .await;
    assert_eq!(demo.letters(), 3);
    assert!(
        !demo.answers().contains(&"20007".to_owned()),
        "nothing came twice"
    );
}

#[tokio::test]
async fn a_letter_waits_while_pds_is_away() {
    let dir = tempfile::tempdir().unwrap();
    let demo = with_fault(dir.path(), "pds-away").await;
    demo.send("delivered").await;
    demo.until("asked again", |demo| demo.effects("pds-away") >= 2)
        .await;
    assert_eq!((demo.letters(), demo.reports().len()), (1, 0));
    arrives_once_it_is_off(&demo, "pds-away").await;
}

#[tokio::test]
async fn a_letter_waits_while_the_server_answers_503() {
    let dir = tempfile::tempdir().unwrap();
    let demo = with_fault(dir.path(), "server-busy").await;
    demo.send("delivered").await;
    let out = dir.path().join("practices/starling/sent");
    let is_written = || fs::read_dir(&out).unwrap().count() >= 4;
    demo.until("written", |_| is_written()).await;
    let before = demo.effects("server-busy");
    demo.until("tried again", |demo| {
        demo.effects("server-busy") >= before + 10
    })
    .await;
    assert_eq!(demo.letters(), 1);
    arrives_once_it_is_off(&demo, "server-busy").await;
}

#[tokio::test]
async fn a_letter_takes_its_time_on_a_slow_line() {
    let dir = tempfile::tempdir().unwrap();
    let demo = with_fault(dir.path(), "slow-line").await;
    demo.send("delivered").await;
    demo.until("it comes all the same", |demo| demo.letters() == 2)
        .await;
    // each of 2 KiB, held back for an eighth of a second
    assert!(
        demo.effects("slow-line") >= 16,
        "{}",
        demo.effects("slow-line")
    );
    arrives_once_it_is_off(&demo, "slow-line").await;
}

#[tokio::test]
async fn a_letter_that_is_cut_off_goes_again() {
    let dir = tempfile::tempdir().unwrap();
    let demo = with_fault(dir.path(), "cut-line").await;
    demo.send("delivered").await;
    demo.until("cut twice", |demo| demo.effects("cut-line") >= 2)
        .await;
    assert_eq!(demo.letters(), 1);
    arrives_once_it_is_off(&demo, "cut-line").await;
}

#[tokio::test]
async fn a_letter_that_is_sent_twice_is_taken_once() {
    let dir = tempfile::tempdir().unwrap();
    let demo = with_fault(dir.path(), "delivered-twice").await;
    demo.send("delivered").await;
    demo.until("all are answered", |demo| demo.answers().len() == 5)
        .await;
    let twice = demo
        .answers()
        .iter()
        .filter(|code| *code == "20007")
        .count();
    assert_eq!((demo.letters(), twice), (3, 1));
    assert_eq!(demo.effects("delivered-twice"), 1);
    demo.switch("delivered-twice", false).await;
    demo.send("delivered").await;
    demo.until("answered", |demo| demo.answers().len() == 7)
        .await;
    assert_eq!(demo.letters(), 4);
}

#[tokio::test]
async fn a_client_with_an_expired_certificate_is_told_so_and_sends_when_it_has_its_own_again() {
    let dir = tempfile::tempdir().unwrap();
    let demo = with_fault(dir.path(), "expired-certificate").await;
    demo.until("taken", |demo| demo.effects("expired-certificate") == 1)
        .await;
    demo.send("delivered").await;
    demo.until("a report", |demo| !demo.reports().is_empty())
        .await;
    assert_eq!(demo.letters(), 1);
    arrives_once_it_is_off(&demo, "expired-certificate").await;
}
