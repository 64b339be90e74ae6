//! How often alerts leave: floods, failures, restarts.

use axum::http::StatusCode;
use test_kit::receivers::WebReceiver;

use crate::kit::{Alerts, dispatcher, minutes, start, webhook};

fn counts(receiver: &WebReceiver) -> Vec<u64> {
    let posted = receiver.posted().into_iter();
    posted
        .map(|it| it.json()["data"]["count"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn a_thousand_alerts_become_a_message_now_and_one_after_the_interval() {
    let receiver = WebReceiver::start().await;
    let alerts = Alerts::default();
    let mut dispatcher = dispatcher(&webhook(&receiver, ""), &alerts);
    let mut now = start();
    for _ in 0..1_000 {
        alerts.raise("letter-failed", now);
        dispatcher.round(now).await;
        now += jiff::SignedDuration::from_secs(1);
    }
    // 1,000 seconds are less than two intervals of fifteen minutes
    dispatcher.round(now + minutes(15)).await;
    assert_eq!(counts(&receiver), [1, 900, 99]);
}

#[tokio::test]
async fn kinds_do_not_wait_for_each_other_and_those_not_wanted_are_not_sent() {
    let receiver = WebReceiver::start().await;
    let alerts = Alerts::default();
    for kind in ["letter-failed", "left-in-in"] {
        alerts.raise(kind, start());
    }
    let settings = webhook(&receiver, "");
    dispatcher(&settings, &alerts).round(start()).await;
    assert_eq!(counts(&receiver), [1, 1]);
    let wanted = settings.replace("[alerting]\n", "[alerting]\nkinds = [\"left-in-in\"]\n");
    alerts.raise("letter-failed", start());
    dispatcher(&wanted, &alerts)
        .round(start() + minutes(60))
        .await;
    assert_eq!(counts(&receiver), [1, 1]);
}

#[tokio::test]
async fn failures_are_tried_again_ever_later_and_a_refused_kind_holds_up_no_other() {
    let receiver = WebReceiver::start().await;
    receiver.answer(StatusCode::SERVICE_UNAVAILABLE);
    let alerts = Alerts::default();
    alerts.raise("letter-failed", start());
    alerts.raise("left-in-in", start());
    let mut dispatcher = dispatcher(&webhook(&receiver, ""), &alerts);
    let mut now = start();
    let mut waits = Vec::new();
    for _ in 0..9 {
        let wait = dispatcher.round(now).await;
        waits.push(wait.as_secs());
        // Too early: nothing is tried.
        dispatcher.round(now + wait / 2).await;
        now += wait;
    }
    assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 900, 900]);
    assert_eq!(receiver.posted().len(), 18);
    receiver.answer(StatusCode::ACCEPTED);
    dispatcher.round(now).await;
    assert_eq!(receiver.posted().len(), 20);
    dispatcher.round(now + minutes(60)).await;
    assert_eq!(receiver.posted().len(), 20);
}

#[tokio::test]
async fn a_restart_neither_loses_nor_repeats() {
    let receiver = WebReceiver::start().await;
    let alerts = Alerts::default();
    alerts.raise("letter-failed", start());
    dispatcher(&webhook(&receiver, ""), &alerts)
        .round(start())
        .await;
    alerts.raise("letter-failed", start() + minutes(1));
    let mut anew = dispatcher(&webhook(&receiver, ""), &alerts);
    assert_eq!(anew.round(start() + minutes(1)).await, minutes(1));
    assert_eq!(counts(&receiver), [1]);
    anew.round(start() + minutes(15)).await;
    assert_eq!(counts(&receiver), [1, 1]);
    let mut again = dispatcher(&webhook(&receiver, ""), &alerts);
    again.round(start() + minutes(60)).await;
    assert_eq!(counts(&receiver), [1, 1]);
}
