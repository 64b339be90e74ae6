#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod common;

use std::sync::Arc;

use common::{
    GARTON, House, RECEIVER, SENDER, WORKFLOW, all_bytes, at, contains, id, request, strict,
};
use exchange::{ErrorKind, Event, Kind, State, Track};
use jiff::SignedDuration;
use nhs::{MessageId, WorkflowId};
use pds::Trace;
use tokio_util::sync::CancellationToken;

/// Sends to a patient, routes, and checks that exactly this report is in the sender's inbox.
async fn reported(house: &mut House, to: &str, code: &str, text: &str) {
    let message = house
        .send(to, b"body")
        .await
        .expect("202 first, whatever the address");
    house.restart().await;
    assert_eq!(house.exchange().route_due().await.unwrap(), 1);
    house.restart().await;
    check_report(house, &message, code, text).await;
}

async fn check_report(house: &House, message: &MessageId, code: &str, text: &str) {
    assert!(house.inbox(RECEIVER).await.is_empty());
    let report = house.report().await;
    assert_eq!(report.kind, Kind::Report);
    assert!(report.sender.is_none());
    assert_eq!(report.recipient.unwrap().mailbox.as_str(), SENDER);
    assert_eq!((report.total_chunks, report.size), (0, 0));
    assert_eq!(report.workflow.as_str(), WORKFLOW);
    assert_eq!(report.details.local_id.as_deref(), Some(&b"local 1"[..]));
    assert_eq!(
        report.details.subject.as_deref(),
        Some("a subject, Müller".as_bytes())
    );
    assert!(report.details.file_name.is_none());
    let failure = report.failure.unwrap();
    assert_eq!(
        (failure.event.as_str(), failure.code.as_str()),
        ("SEND", code)
    );
    assert_eq!(failure.description, text);
    assert_eq!(failure.linked.as_deref(), Some(message.as_str()));

    let caller = house.caller(SENDER).await;
    let tracked = house
        .exchange()
        .track(&caller, Track::Message(message.as_str()))
        .await
        .unwrap();
    assert_eq!(tracked.state, State::Error);
    assert!(tracked.recipient.is_none());
    let failure = tracked.failure.unwrap();
    assert_eq!(
        (failure.code.as_str(), failure.linked.as_deref()),
        (code, Some(report.id.as_str()))
    );
    let event = Event::Reported {
        message: message.clone(),
        report: report.id.clone(),
        code: code.to_owned(),
    };
    assert!(house.events().contains(&event));

    house
        .exchange()
        .acknowledge(&caller, report.id.as_str())
        .await
        .unwrap();
    assert!(house.inbox(SENDER).await.is_empty());
}

#[tokio::test]
async fn a_patient_address_reaches_the_practices_mailbox_with_restarts_between_all_steps() {
    let mut house = House::new(strict()).await;
    for to in [
        GARTON,
        "GPPROVIDER_9693632109_19460623_Garton",
        "GPPROVIDER_969 363 2109_23061946_gartón",
    ] {
        let message = house.send(to, b"body").await.unwrap();
        house.restart().await;
        assert!(house.inbox(RECEIVER).await.is_empty());
        let caller = house.caller(SENDER).await;
        let by_id = Track::Message(message.as_str());
        let tracked = house.exchange().track(&caller, by_id).await.unwrap();
        assert!(tracked.state == State::Accepted && tracked.recipient.is_none());
        drop(caller); // a request still being served keeps the store open
        assert_eq!(house.exchange().route_due().await.unwrap(), 1);
        house.restart().await;
        assert_eq!(house.inbox(RECEIVER).await, std::slice::from_ref(&message));
        assert_eq!(house.download(&message, 1).await.unwrap(), b"body");
        let caller = house.caller(SENDER).await;
        let tracked = house
            .exchange()
            .track(&caller, Track::Message(message.as_str()))
            .await
            .unwrap();
        assert_eq!(tracked.recipient.unwrap().mailbox.as_str(), RECEIVER);
        let caller = house.caller(RECEIVER).await;
        house
            .exchange()
            .acknowledge(&caller, message.as_str())
            .await
            .unwrap();
        assert_eq!(house.exchange().route_due().await.unwrap(), 0, "once only");
    }
    let practices = house.events().into_iter().filter(
        |event| matches!(event, Event::Routed { practice, .. } if practice.as_str() == "A20047"),
    );
    assert_eq!(practices.count(), 3);
}

#[tokio::test]
async fn epl_150_several_mailboxes() {
    let mut house = House::new(strict()).await;
    house.add_mailbox("A20047OT002", "A20047");
    let operator = house.exchange().operator().unwrap();
    let workflow = WorkflowId::parse(WORKFLOW).unwrap();
    operator
        .allow(&workflow, &[], &[id("A20047OT002")])
        .unwrap();
    house.exchange().refresh_directory().await.unwrap();
    assert_eq!(
        house.exchange().endpoint_lookup("A20047", WORKFLOW).len(),
        2
    );
    reported(&mut house, GARTON, "EPL-150", "Multiple mailboxes matches").await;

    // an inactive one does not count
    operator.set_active(&id("A20047OT002"), false).unwrap();
    house.exchange().refresh_directory().await.unwrap();
    assert_eq!(
        house.exchange().endpoint_lookup("a20047", WORKFLOW).len(),
        1
    );
    house.send(GARTON, b"body").await.unwrap();
    house.exchange().route_due().await.unwrap();
    assert_eq!(house.inbox(RECEIVER).await.len(), 1);
}

#[tokio::test]
async fn epl_151_no_mailbox_for_the_practice() {
    let mut house = House::new(strict()).await;
    house.patients.answer(9_693_632_109, Some(at("Y12345")));
    reported(&mut house, GARTON, "EPL-151", "No mailbox matched").await;
}

#[tokio::test]
async fn epl_151_no_practice() {
    let mut house = House::new(strict()).await;
    house
        .patients
        .answer(9_693_632_109, Some(Trace::NoPractice));
    reported(&mut house, GARTON, "EPL-151", "No mailbox matched").await;
}

#[tokio::test]
async fn epl_152_invalid_nhs_number() {
    for to in [
        "GPPROVIDER_9000000000_22102010_Smith",
        "GPPROVIDER_12345678_22102010_Smith",
        "GPPROVIDER",
    ] {
        let mut house = House::new(strict()).await;
        reported(&mut house, to, "EPL-152", "Invalid NHS Number").await;
    }
}

#[tokio::test]
async fn epl_153_nhs_number_not_found() {
    let mut house = House::new(strict()).await;
    let to = "GPPROVIDER_9111231130_22102010_Smith";
    reported(&mut house, to, "EPL-153", "NHS Number not found").await;
}

#[tokio::test]
async fn epl_154_demographics_differ() {
    let text = "NHS Number supplied does not match the demographics";
    for to in [
        GARTON,
        "GPPROVIDER_9693632109_31021946_GARTON",
        "GPPROVIDER_9693632109",
    ] {
        let mut house = House::new(strict()).await;
        house.patients.answer(9_693_632_109, Some(Trace::Mismatch));
        reported(&mut house, to, "EPL-154", text).await;
    }
}

#[tokio::test]
async fn a_workflow_without_patient_routing_refuses_the_address_at_once() {
    let house = House::new(strict()).await;
    let operator = house.exchange().operator().unwrap();
    operator
        .set_patient_routing(&WorkflowId::parse(WORKFLOW).unwrap(), false)
        .unwrap();
    house.exchange().refresh_directory().await.unwrap();
    let error = house.send(GARTON, b"x").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Unacceptable, "12")
    );
}

#[tokio::test]
async fn an_unreachable_pds_is_asked_again_with_growing_waits_until_it_answers() {
    let mut house = House::new(strict()).await;
    house.patients.answer(9_693_632_109, None);
    let message = house.send(GARTON, b"body").await.unwrap();
    assert_eq!(house.exchange().route_due().await.unwrap(), 0);
    assert_eq!(
        house.exchange().route_due().await.unwrap(),
        0,
        "not due yet"
    );
    let delayed = Event::RoutingDelayed {
        message: message.clone(),
    };
    assert_eq!(
        house
            .events()
            .iter()
            .filter(|event| **event == delayed)
            .count(),
        1
    );
    house.restart().await;
    house.time.pass(SignedDuration::from_secs(3));
    house.exchange().route_due().await.unwrap();
    house.time.pass(SignedDuration::from_secs(3));
    house.exchange().route_due().await.unwrap();
    assert_eq!(
        house
            .events()
            .iter()
            .filter(|event| **event == delayed)
            .count(),
        2
    );
    house.patients.answer(9_693_632_109, Some(at("A20047")));
    house.time.pass(SignedDuration::from_secs(6));
    assert_eq!(house.exchange().route_due().await.unwrap(), 1);
    assert_eq!(house.inbox(RECEIVER).await, [message]);
}

#[tokio::test]
async fn after_the_deadline_it_is_reported_without_an_epl_code() {
    let house = House::new(strict()).await;
    house.patients.answer(9_693_632_109, None);
    let message = house.send(GARTON, b"body").await.unwrap();
    house.exchange().route_due().await.unwrap();
    house.time.pass(SignedDuration::from_hours(25));
    assert_eq!(house.exchange().route_due().await.unwrap(), 1);
    let text = "The patient's practice could not be found out in time; sending again is safe";
    check_report(&house, &message, "14", text).await;
}

#[tokio::test]
async fn no_file_ever_holds_the_patient_address() {
    let mut house = House::new(strict()).await;
    let needles = [&b"9693632109"[..], b"GARTON", b"23061946", b"GPPROVIDER"];
    let clean = |house: &House| {
        let bytes = all_bytes(house.path());
        needles.iter().all(|needle| !contains(&bytes, needle))
    };
    house.patients.answer(9_693_632_109, None);
    house.send(GARTON, b"body").await.unwrap();
    house.exchange().route_due().await.unwrap();
    assert!(clean(&house), "while it waits");
    let sealed = sealed_addresses(&house);
    assert_eq!(sealed.len(), 1);
    house.patients.answer(9_693_632_109, Some(at("A20047")));
    house.time.pass(SignedDuration::from_secs(60));
    assert_eq!(house.exchange().route_due().await.unwrap(), 1);
    assert!(clean(&house), "after delivery");
    assert!(sealed_addresses(&house).is_empty());
    house.exchange = None; // closing checkpoints the log into the database
    let bytes = all_bytes(house.path());
    assert!(
        !contains(&bytes, &sealed[0]),
        "not even sealed is it left in any file"
    );
    assert!(needles.iter().all(|needle| !contains(&bytes, needle)));
}

/// What the routing table holds, read beside the server.
fn sealed_addresses(house: &House) -> Vec<Vec<u8>> {
    let connection = rusqlite::Connection::open(house.path().join("records.sqlite3")).unwrap();
    let mut rows = connection.prepare("SELECT address FROM routing").unwrap();
    rows.query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

#[tokio::test]
async fn running_the_exchange_routes_and_notices_operators_by_itself() {
    let house = House::new(strict()).await;
    let shutdown = CancellationToken::new();
    let exchange = house.exchange().clone();
    let running = tokio::spawn({
        let shutdown = shutdown.clone();
        async move { exchange.run(shutdown).await }
    });
    let message = house.send(GARTON, b"body").await.unwrap();
    wait_for(|| {
        house
            .events()
            .iter()
            .any(|event| matches!(event, Event::Delivered { .. }))
    })
    .await;
    assert_eq!(house.inbox(RECEIVER).await, [message]);

    // another process's operator
    let randomness = Arc::new(nhs::SystemRandomness);
    let operator = exchange::Operator::open(house.path(), randomness, house.time.clone()).unwrap();
    operator.set_active(&id(RECEIVER), false).unwrap();
    wait_for(|| house.exchange().workflow_search(WORKFLOW).is_empty()).await;
    shutdown.cancel();
    running.await.unwrap();
}

async fn wait_for(condition: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !condition() {
        assert!(std::time::Instant::now() < deadline, "waited 20 s");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn unrelated_requests_do_not_show_a_patient_in_debug() {
    let shown = format!("{:?}", request(GARTON, 1));
    assert!(!shown.contains("GARTON") && !shown.contains("Müller") && !shown.contains("local 1"));
}
