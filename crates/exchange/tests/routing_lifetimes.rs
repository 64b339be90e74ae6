//! When a routed message leaves the inbox, and when it is forgotten, to the moment, by the
//! exchange's clock alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use common::{GARTON, House, RECEIVER, SENDER, strict};
use exchange::{ErrorKind, Settings, State, Track};
use jiff::SignedDuration;

const MOMENT: SignedDuration = SignedDuration::from_micros(1);

/// Routes a message and lets the time pass in which nobody collects it.
async fn lives(settings: Settings, in_inbox: SignedDuration, altogether: SignedDuration) {
    let days = settings.inbox_expiry_days;
    let mut house = House::new(settings).await;
    let message = house.send(GARTON, b"x").await.unwrap();
    assert_eq!(house.exchange().route_due().await.unwrap(), 1);
    house.time.pass(in_inbox);
    house.exchange().tidy().await.unwrap();
    assert_eq!(house.inbox(RECEIVER).await, std::slice::from_ref(&message));

    house.restart().await;
    house.time.pass(MOMENT);
    house.exchange().tidy().await.unwrap();
    assert!(house.inbox(RECEIVER).await.is_empty());
    let report = house.report().await;
    let failure = report.failure.unwrap();
    assert_eq!(
        (failure.event.as_str(), failure.code.as_str()),
        ("SEND", "14")
    );
    let text = format!("Message not collected by recipient after {days} days");
    assert_eq!(failure.description, text);
    assert_eq!(failure.linked.as_deref(), Some(message.as_str()));
    let tracked = house.tracked(&message).await;
    assert_eq!(tracked.state, State::Error);
    let linked = tracked.failure.unwrap().linked;
    assert_eq!(linked.as_deref(), Some(report.id.as_str()));

    house.time.pass(altogether - in_inbox - MOMENT);
    house.exchange().tidy().await.unwrap();
    assert_eq!(house.tracked(&message).await.state, State::Error);
    house.time.pass(MOMENT);
    house.exchange().tidy().await.unwrap();
    let caller = house.caller(SENDER).await;
    let by_id = Track::Message(message.as_str());
    let error = house.exchange().track(&caller, by_id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

#[tokio::test]
async fn by_default_five_days_in_the_inbox_and_thirty_altogether() {
    lives(strict(), days(5), days(30)).await;
}

#[tokio::test]
async fn as_the_operator_sets_them() {
    let settings = Settings {
        inbox_expiry_days: 2,
        message_expiry_days: 9,
        ..strict()
    };
    lives(settings, days(2), days(9)).await;
}

#[tokio::test]
async fn five_days_count_from_delivery_not_from_the_wait_for_a_practice() {
    let house = House::new(strict()).await;
    house.patients.answer(9_693_632_109, None);
    house.send(GARTON, b"x").await.unwrap();
    house.exchange().route_due().await.unwrap();
    house.time.pass(SignedDuration::from_hours(20));
    house
        .patients
        .answer(9_693_632_109, Some(common::at("A20047")));
    assert_eq!(house.exchange().route_due().await.unwrap(), 1);
    house.time.pass(days(5));
    house.exchange().tidy().await.unwrap();
    assert_eq!(house.inbox(RECEIVER).await.len(), 1);
    house.time.pass(MOMENT);
    house.exchange().tidy().await.unwrap();
    assert!(house.inbox(RECEIVER).await.is_empty());
}

#[tokio::test]
async fn the_deadline_for_routing_as_the_operator_sets_it() {
    let settings = Settings {
        routing_deadline_hours: 1,
        ..strict()
    };
    let house = House::new(settings).await;
    house.patients.answer(9_693_632_109, None);
    house.send(GARTON, b"x").await.unwrap();
    house.exchange().route_due().await.unwrap();
    house.time.pass(SignedDuration::from_mins(59));
    assert_eq!(house.exchange().route_due().await.unwrap(), 0);
    house.time.pass(SignedDuration::from_mins(1));
    assert_eq!(house.exchange().route_due().await.unwrap(), 1, "not later");
    assert_eq!(house.report().await.failure.unwrap().code, "14");
}
