//! When a routed message leaves the inbox, and when it is forgotten, to the moment, by the
//! exchange's clock alone.

use crate::kit::{self, GARTON, RECEIVER, SENDER, Setup, strict};
use exchange::{ErrorKind, MessageState, Settings, Track};
use jiff::SignedDuration;

const MOMENT: SignedDuration = SignedDuration::from_micros(1);

/// Routes a message and lets the time pass in which nobody collects it.
async fn lives(settings: Settings, in_inbox: SignedDuration, altogether: SignedDuration) {
    let days = settings.inbox_expiry_days;
    let mut setup = Setup::new(settings).await;
    let message = setup.send(GARTON, b"x").await.unwrap();
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    setup.time.pass(in_inbox);
    setup.exchange().tidy().await.unwrap();
    assert_eq!(setup.inbox(RECEIVER).await, std::slice::from_ref(&message));

    setup.restart().await;
    setup.time.pass(MOMENT);
    setup.exchange().tidy().await.unwrap();
    assert!(setup.inbox(RECEIVER).await.is_empty());
    let report = setup.report().await;
    let failure = report.failure().unwrap();
    assert_eq!(
        (failure.event.as_str(), failure.code.as_str()),
        ("SEND", "14")
    );
    let text = format!("Message not collected by recipient after {days} days");
    assert_eq!(failure.description, text);
    assert_eq!(failure.linked.as_deref(), Some(message.as_str()));
    let tracked = setup.tracked(&message).await;
    assert_eq!(tracked.message.state, MessageState::Error);
    let linked = tracked.failure().unwrap().linked.as_deref();
    assert_eq!(linked, Some(report.message.id.as_str()));

    setup.time.pass(altogether - in_inbox - MOMENT);
    setup.exchange().tidy().await.unwrap();
    assert_eq!(
        setup.tracked(&message).await.message.state,
        MessageState::Error
    );
    setup.time.pass(MOMENT);
    setup.exchange().tidy().await.unwrap();
    let caller = setup.caller(SENDER).await;
    let by_id = Track::Message(message.as_str());
    let error = setup.exchange().track(&caller, by_id).await.unwrap_err();
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
    let setup = Setup::new(strict()).await;
    setup.patients.answer(9_693_632_109, None);
    setup.send(GARTON, b"x").await.unwrap();
    setup.exchange().route_due().await.unwrap();
    setup.time.pass(SignedDuration::from_hours(20));
    setup
        .patients
        .answer(9_693_632_109, Some(kit::at("A20047")));
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    setup.time.pass(days(5));
    setup.exchange().tidy().await.unwrap();
    assert_eq!(setup.inbox(RECEIVER).await.len(), 1);
    setup.time.pass(MOMENT);
    setup.exchange().tidy().await.unwrap();
    assert!(setup.inbox(RECEIVER).await.is_empty());
}

#[tokio::test]
async fn the_deadline_for_routing_as_the_operator_sets_it() {
    let settings = Settings {
        routing_deadline_hours: 1,
        ..strict()
    };
    let setup = Setup::new(settings).await;
    setup.patients.answer(9_693_632_109, None);
    setup.send(GARTON, b"x").await.unwrap();
    setup.exchange().route_due().await.unwrap();
    setup.time.pass(SignedDuration::from_mins(59));
    assert_eq!(setup.exchange().route_due().await.unwrap(), 0);
    setup.time.pass(SignedDuration::from_mins(1));
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1, "not later");
    assert_eq!(setup.reported_failure().await.code, "14");
}
