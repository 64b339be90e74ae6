//! A record or body damaged on the disk costs that one message, and its sender is told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use std::path::{Path, PathBuf};

use common::{GARTON, House, RECEIVER, SENDER, strict};
use exchange::{ErrorKind, State};
use jiff::SignedDuration;
use mail_store::quarantined;

fn meddle(house: &House, sql: &str) {
    let connection = rusqlite::Connection::open(house.path().join("records.sqlite3")).unwrap();
    assert_eq!(connection.execute(sql, []).unwrap(), 1, "{sql}");
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
    let house = House::new(strict()).await;
    let damaged = house.send(RECEIVER, b"to be damaged").await.unwrap();
    let next = house.send(RECEIVER, b"the next").await.unwrap();
    meddle(
        &house,
        "UPDATE message SET body = CAST('to be damagee' AS BLOB) WHERE seq = 1",
    );
    let error = house.download(&damaged, 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gone);
    assert_eq!(house.inbox(RECEIVER).await, std::slice::from_ref(&next));
    assert_eq!(house.download(&next, 1).await.unwrap(), b"the next");
    let report = house.report().await.failure.unwrap();
    assert_eq!(report.code, "14");
    assert_eq!(report.linked.as_deref(), Some(damaged.as_str()));
    assert_eq!(house.tracked(&damaged).await.state, State::Error);
    let again = house.download(&damaged, 1).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Gone);
    assert_eq!(house.inbox(SENDER).await.len(), 1, "reported once");
    let listed = quarantined(house.path()).unwrap();
    assert_eq!(listed[0].id.as_ref(), Some(&damaged));
}

#[tokio::test]
async fn a_file_damaged_at_its_end_breaks_off_and_is_not_offered_again() {
    let house = House::new(strict()).await;
    let damaged = house.send(RECEIVER, &[7; 100_000]).await.unwrap();
    let file = only_file(&house.path().join("bodies"));
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[99_999] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    house.download(&damaged, 1).await.unwrap_err();
    // what follows is committed after the quarantine
    let next = house.send(RECEIVER, b"the next").await.unwrap();
    assert_eq!(house.inbox(RECEIVER).await, [next]);
    assert_eq!(house.report().await.failure.unwrap().code, "14");
}

#[tokio::test]
async fn a_lost_file_is_a_damaged_body() {
    let house = House::new(strict()).await;
    let damaged = house.send(RECEIVER, &[7; 100_000]).await.unwrap();
    std::fs::remove_file(only_file(&house.path().join("bodies"))).unwrap();
    let error = house.download(&damaged, 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gone);
    assert!(house.inbox(RECEIVER).await.is_empty());
}

#[tokio::test]
async fn a_damaged_record_leaves_the_inbox_and_names_nobody() {
    let house = House::new(strict()).await;
    let damaged = house.send(RECEIVER, b"to be damaged").await.unwrap();
    let next = house.send(RECEIVER, b"the next").await.unwrap();
    meddle(
        &house,
        "UPDATE message SET sender = 'X26ABC1' WHERE seq = 1",
    );
    let error = house.download(&damaged, 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gone);
    assert_eq!(house.inbox(RECEIVER).await, [next]);
    assert!(house.inbox(SENDER).await.is_empty());
    assert_eq!(quarantined(house.path()).unwrap().len(), 1);
}

#[tokio::test]
async fn expiry_and_routing_go_on_past_damage() {
    let mut house = House::new(strict()).await;
    for body in [b"1", b"2", b"3"] {
        house.send(RECEIVER, body).await.unwrap();
    }
    house.send(GARTON, b"4").await.unwrap();
    house.send(GARTON, b"5").await.unwrap();
    meddle(
        &house,
        "UPDATE message SET sender = 'X26ABC1' WHERE seq = 1",
    );
    meddle(&house, "UPDATE pending SET id = X'FF' WHERE seq = 2");
    meddle(&house, "UPDATE message SET workflow = 'X' WHERE seq = 4");
    house.restart().await;
    assert_eq!(house.exchange().route_due().await.unwrap(), 1);
    house.time.pass(SignedDuration::from_hours(24 * 6));
    house.exchange().tidy().await.unwrap();
    assert!(house.inbox(RECEIVER).await.is_empty());
    assert_eq!(house.inbox(SENDER).await.len(), 2, "3 and 5 are reported");
    let mut places: Vec<_> = quarantined(house.path()).unwrap();
    places.sort_by_key(|damaged| damaged.seq);
    let places: Vec<_> = places.iter().map(|damaged| damaged.seq).collect();
    assert_eq!(places, [1, 2, 4]);
}

#[tokio::test]
async fn every_collected_chunk_leaves_an_audit_line_before_its_answer() {
    let house = House::new(strict()).await;
    let message = house.send(RECEIVER, b"a body").await.unwrap();
    let caller = house.caller(RECEIVER).await;
    house
        .exchange()
        .download(&caller, message.as_str(), 1)
        .await
        .unwrap();
    house
        .exchange()
        .conclude(&caller, exchange::Answer::Final)
        .await
        .unwrap();
    let lines = mail_store::audit_lines(house.path(), message.as_str()).unwrap();
    let last = lines.last().unwrap();
    assert_eq!(
        (last.actor.as_str(), last.action.as_str(), &*last.detail),
        (RECEIVER, "collected", "chunk=1")
    );
    let check = mail_store::verify_audit(house.path(), None).unwrap();
    assert_eq!(check.broken, None);
}
