//! A record or body damaged on the disk costs that one message, and its sender is told.

use std::path::{Path, PathBuf};

use crate::kit::{GARTON, RECEIVER, SENDER, Setup, strict};
use exchange::{ErrorKind, MessageState};
use jiff::SignedDuration;
use mail_store::{Quarantined, StoreOptions};

fn meddle(setup: &Setup, sql: &str) {
    let connection = rusqlite::Connection::open(setup.path().join("records.sqlite3")).unwrap();
    assert_eq!(connection.execute(sql, []).unwrap(), 1, "{sql}");
}

async fn quarantined(setup: &Setup) -> Vec<Quarantined> {
    let listed = StoreOptions::default().quarantined(setup.path()).await;
    listed.unwrap()
}

fn only_file(directory: &Path) -> PathBuf {
    let entry = std::fs::read_dir(directory).unwrap().next().unwrap();
    let path = entry.unwrap().path();
    if path.is_dir() {
        only_file(&path)
    } else {
        path
    }
}

#[tokio::test]
async fn a_damaged_body_leaves_the_inbox_and_its_sender_is_told() {
    let setup = Setup::new(strict()).await;
    let damaged = setup.send(RECEIVER, b"to be damaged").await.unwrap();
    let next = setup.send(RECEIVER, b"the next").await.unwrap();
    meddle(
        &setup,
        "UPDATE message SET body = CAST('to be damagee' AS BLOB) WHERE seq = 1",
    );
    let error = setup.download(&damaged, 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gone);
    assert_eq!(setup.inbox(RECEIVER).await, std::slice::from_ref(&next));
    assert_eq!(setup.download(&next, 1).await.unwrap(), b"the next");
    let report = setup.reported_failure().await;
    assert_eq!(report.code, "14");
    assert_eq!(report.linked.as_deref(), Some(damaged.as_str()));
    assert_eq!(
        setup.tracked(&damaged).await.message.state,
        MessageState::Error
    );
    let again = setup.download(&damaged, 1).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Gone);
    assert_eq!(setup.inbox(SENDER).await.len(), 1, "reported once");
    let listed = quarantined(&setup).await;
    assert_eq!(listed[0].id.as_ref(), Some(&damaged));
}

#[tokio::test]
async fn a_file_damaged_at_its_end_breaks_off_and_is_not_offered_again() {
    let setup = Setup::new(strict()).await;
    let damaged = setup.send(RECEIVER, &[7; 100_000]).await.unwrap();
    let file = only_file(&setup.path().join("bodies"));
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[99_999] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    setup.download(&damaged, 1).await.unwrap_err();
    // what follows is committed after the quarantine
    let next = setup.send(RECEIVER, b"the next").await.unwrap();
    assert_eq!(setup.inbox(RECEIVER).await, [next]);
    assert_eq!(setup.reported_failure().await.code, "14");
}

#[tokio::test]
async fn a_lost_file_is_a_damaged_body() {
    let setup = Setup::new(strict()).await;
    let damaged = setup.send(RECEIVER, &[7; 100_000]).await.unwrap();
    std::fs::remove_file(only_file(&setup.path().join("bodies"))).unwrap();
    let error = setup.download(&damaged, 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gone);
    assert!(setup.inbox(RECEIVER).await.is_empty());
}

#[tokio::test]
async fn a_damaged_record_leaves_the_inbox_and_names_nobody() {
    let setup = Setup::new(strict()).await;
    let damaged = setup.send(RECEIVER, b"to be damaged").await.unwrap();
    let next = setup.send(RECEIVER, b"the next").await.unwrap();
    meddle(
        &setup,
        "UPDATE message SET sender = 'X26ABC1' WHERE seq = 1",
    );
    let error = setup.download(&damaged, 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gone);
    assert_eq!(setup.inbox(RECEIVER).await, [next]);
    assert!(setup.inbox(SENDER).await.is_empty());
    assert_eq!(quarantined(&setup).await.len(), 1);
}

#[tokio::test]
async fn expiry_and_routing_go_on_past_damage() {
    let mut setup = Setup::new(strict()).await;
    for body in [b"1", b"2", b"3"] {
        setup.send(RECEIVER, body).await.unwrap();
    }
    setup.send(GARTON, b"4").await.unwrap();
    setup.send(GARTON, b"5").await.unwrap();
    meddle(
        &setup,
        "UPDATE message SET sender = 'X26ABC1' WHERE seq = 1",
    );
    meddle(&setup, "UPDATE pending SET id = X'FF' WHERE seq = 2");
    meddle(&setup, "UPDATE message SET workflow = 'X' WHERE seq = 4");
    setup.restart().await;
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    setup.time.pass(SignedDuration::from_hours(24 * 6));
    setup.exchange().tidy().await.unwrap();
    assert!(setup.inbox(RECEIVER).await.is_empty());
    assert_eq!(setup.inbox(SENDER).await.len(), 2, "3 and 5 are reported");
    let mut places: Vec<_> = quarantined(&setup).await;
    places.sort_by_key(|damaged| damaged.seq);
    let places: Vec<_> = places.iter().map(|damaged| damaged.seq).collect();
    assert_eq!(places, [1, 2, 4]);
}

#[tokio::test]
async fn every_collected_chunk_leaves_an_audit_line_before_its_answer() {
    let setup = Setup::new(strict()).await;
    let message = setup.send(RECEIVER, b"a body").await.unwrap();
    let caller = setup.caller(RECEIVER).await;
    setup
        .exchange()
        .download(&caller, message.as_str(), 1)
        .await
        .unwrap();
    setup
        .exchange()
        .conclude(&caller, exchange::Answer::Final)
        .await
        .unwrap();
    let (options, directory) = (StoreOptions::default(), setup.path());
    let lines = options.audit_lines(directory, message.as_str()).await;
    let lines = lines.unwrap();
    let last = lines.last().unwrap();
    assert_eq!(
        (last.actor.as_str(), last.action.as_str(), &*last.detail),
        (RECEIVER, "collected", "chunk=1")
    );
    let check = options.verify_audit(directory, None).await.unwrap();
    assert_eq!(check.broken, None);
}
