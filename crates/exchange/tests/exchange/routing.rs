//! From a patient address to a mailbox or a report.

use std::sync::Arc;

use crate::kit::{
    GARTON, RECEIVER, SENDER, Setup, WORKFLOW, all_bytes, at, contains, id, request, strict,
};
use exchange::{ErrorKind, Event, Kind, MessageState, Track};
use jiff::SignedDuration;
use nhs::{MessageId, WorkflowId};
use pds::Trace;
use tokio_util::sync::CancellationToken;

/// Sends to a patient, routes, and checks that exactly this report is in the sender's inbox.
async fn reported(setup: &mut Setup, to: &str, code: &str, text: &str) {
    let message = setup
        .send(to, b"body")
        .await
        .expect("202 first, whatever the address");
    setup.restart().await;
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    setup.restart().await;
    check_report(setup, &message, code, text).await;
}

async fn check_report(setup: &Setup, message: &MessageId, code: &str, text: &str) {
    assert!(setup.inbox(RECEIVER).await.is_empty());
    let report = setup.report().await;
    assert_eq!(report.message.kind, Kind::Report);
    assert!(report.sender.is_none());
    assert_eq!(report.recipient.as_ref().unwrap().mailbox.as_str(), SENDER);
    assert_eq!((report.message.total_chunks, report.message.size), (0, 0));
    assert_eq!(report.message.workflow.as_str(), WORKFLOW);
    assert_eq!(
        report.message.details.local_id.as_deref(),
        Some(&b"local 1"[..])
    );
    assert_eq!(
        report.message.details.subject.as_deref(),
        Some("a subject, Müller".as_bytes())
    );
    assert!(report.message.details.file_name.is_none());
    let failure = report.failure().unwrap();
    assert_eq!(
        (failure.event.as_str(), failure.code.as_str()),
        ("SEND", code)
    );
    assert_eq!(failure.description, text);
    assert_eq!(failure.linked.as_deref(), Some(message.as_str()));

    let caller = setup.caller(SENDER).await;
    let tracked = setup
        .exchange()
        .track(&caller, Track::Message(message.as_str()))
        .await
        .unwrap();
    assert_eq!(tracked.message.state, MessageState::Error);
    assert!(tracked.recipient.is_none());
    let failure = tracked.failure().unwrap();
    assert_eq!(
        (failure.code.as_str(), failure.linked.as_deref()),
        (code, Some(report.message.id.as_str()))
    );
    let event = Event::Reported {
        message: message.clone(),
        report: report.message.id.clone(),
        code: code.to_owned(),
    };
    assert!(setup.events().contains(&event));

    setup
        .exchange()
        .acknowledge(&caller, report.message.id.as_str())
        .await
        .unwrap();
    assert!(setup.inbox(SENDER).await.is_empty());
}

#[tokio::test]
async fn a_patient_address_reaches_the_practices_mailbox_with_restarts_between_all_steps() {
    let mut setup = Setup::new(strict()).await;
    for to in [
        GARTON,
        "GPPROVIDER_9693632109_19460623_Garton",
        "GPPROVIDER_969 363 2109_23061946_gartón",
    ] {
        let message = setup.send(to, b"body").await.unwrap();
        setup.restart().await;
        assert!(setup.inbox(RECEIVER).await.is_empty());
        let caller = setup.caller(SENDER).await;
        let by_id = Track::Message(message.as_str());
        let tracked = setup.exchange().track(&caller, by_id).await.unwrap();
        assert!(tracked.message.state == MessageState::Accepted && tracked.recipient.is_none());
        drop(caller); // a request still being served keeps the store open
        assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
        setup.restart().await;
        assert_eq!(setup.inbox(RECEIVER).await, std::slice::from_ref(&message));
        assert_eq!(setup.download(&message, 1).await.unwrap(), b"body");
        let caller = setup.caller(SENDER).await;
        let tracked = setup
            .exchange()
            .track(&caller, Track::Message(message.as_str()))
            .await
            .unwrap();
        assert_eq!(tracked.recipient.unwrap().mailbox.as_str(), RECEIVER);
        let caller = setup.caller(RECEIVER).await;
        setup
            .exchange()
            .acknowledge(&caller, message.as_str())
            .await
            .unwrap();
        assert_eq!(setup.exchange().route_due().await.unwrap(), 0, "once only");
    }
    let practices = setup.events().into_iter().filter(
        |event| matches!(event, Event::Routed { practice, .. } if practice.as_str() == "A20047"),
    );
    assert_eq!(practices.count(), 3);
}

#[tokio::test]
async fn epl_150_several_mailboxes() {
    let mut setup = Setup::new(strict()).await;
    setup.add_mailbox("A20047OT002", "A20047");
    let operator = setup.exchange().operator().unwrap();
    let workflow = WorkflowId::parse(WORKFLOW).unwrap();
    operator
        .allow(&workflow, &[], &[id("A20047OT002")])
        .unwrap();
    setup.exchange().refresh_directory().await.unwrap();
    assert_eq!(
        setup.exchange().endpoint_lookup("A20047", WORKFLOW).len(),
        2
    );
    reported(&mut setup, GARTON, "EPL-150", "Multiple mailboxes matches").await;

    // an inactive one does not count
    operator.set_active(&id("A20047OT002"), false).unwrap();
    setup.exchange().refresh_directory().await.unwrap();
    assert_eq!(
        setup.exchange().endpoint_lookup("a20047", WORKFLOW).len(),
        1
    );
    setup.send(GARTON, b"body").await.unwrap();
    setup.exchange().route_due().await.unwrap();
    assert_eq!(setup.inbox(RECEIVER).await.len(), 1);
}

#[tokio::test]
async fn epl_151_no_mailbox_for_the_practice() {
    let mut setup = Setup::new(strict()).await;
    setup.patients.answer(9_693_632_109, Some(at("Y12345")));
    reported(&mut setup, GARTON, "EPL-151", "No mailbox matched").await;
}

#[tokio::test]
async fn epl_151_no_practice() {
    let mut setup = Setup::new(strict()).await;
    setup
        .patients
        .answer(9_693_632_109, Some(Trace::NoPractice));
    reported(&mut setup, GARTON, "EPL-151", "No mailbox matched").await;
}

#[tokio::test]
async fn epl_152_invalid_nhs_number() {
    for to in [
        "GPPROVIDER_9000000000_22102010_Smith",
        "GPPROVIDER_12345678_22102010_Smith",
        "GPPROVIDER",
    ] {
        let mut setup = Setup::new(strict()).await;
        reported(&mut setup, to, "EPL-152", "Invalid NHS Number").await;
    }
}

#[tokio::test]
async fn epl_153_nhs_number_not_found() {
    let mut setup = Setup::new(strict()).await;
    let to = "GPPROVIDER_9111231130_22102010_Smith";
    reported(&mut setup, to, "EPL-153", "NHS Number not found").await;
}

#[tokio::test]
async fn epl_154_demographics_differ() {
    let text = "NHS Number supplied does not match the demographics";
    for to in [
        GARTON,
        "GPPROVIDER_9693632109_31021946_GARTON",
        "GPPROVIDER_9693632109",
    ] {
        let mut setup = Setup::new(strict()).await;
        setup.patients.answer(9_693_632_109, Some(Trace::Mismatch));
        reported(&mut setup, to, "EPL-154", text).await;
    }
}

#[tokio::test]
async fn a_workflow_without_patient_routing_refuses_the_address_at_once() {
    let setup = Setup::new(strict()).await;
    let operator = setup.exchange().operator().unwrap();
    operator
        .set_patient_routing(&WorkflowId::parse(WORKFLOW).unwrap(), false)
        .unwrap();
    setup.exchange().refresh_directory().await.unwrap();
    let error = setup.send(GARTON, b"x").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Unacceptable, "12")
    );
}

#[tokio::test]
async fn an_unreachable_pds_is_asked_again_with_growing_waits_until_it_answers() {
    let mut setup = Setup::new(strict()).await;
    setup.patients.answer(9_693_632_109, None);
    let message = setup.send(GARTON, b"body").await.unwrap();
    assert_eq!(setup.exchange().route_due().await.unwrap(), 0);
    assert_eq!(
        setup.exchange().route_due().await.unwrap(),
        0,
        "not due yet"
    );
    assert_eq!(setup.tries_of(&message), [1], "and when it is tried next");
    setup.restart().await;
    setup.time.pass(SignedDuration::from_secs(3));
    setup.exchange().route_due().await.unwrap();
    setup.time.pass(SignedDuration::from_secs(3));
    setup.exchange().route_due().await.unwrap();
    assert_eq!(setup.tries_of(&message), [1, 2]);
    setup.patients.answer(9_693_632_109, Some(at("A20047")));
    setup.time.pass(SignedDuration::from_secs(6));
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    assert_eq!(setup.inbox(RECEIVER).await, [message]);
}

#[tokio::test]
async fn after_the_deadline_it_is_reported_without_an_epl_code() {
    let setup = Setup::new(strict()).await;
    setup.patients.answer(9_693_632_109, None);
    let message = setup.send(GARTON, b"body").await.unwrap();
    setup.exchange().route_due().await.unwrap();
    setup.time.pass(SignedDuration::from_hours(25));
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    let text = "The patient's practice could not be found out in time; sending again is safe";
    check_report(&setup, &message, "14", text).await;
}

#[tokio::test]
async fn no_file_ever_holds_the_patient_address() {
    let mut setup = Setup::new(strict()).await;
    let needles = [&b"9693632109"[..], b"GARTON", b"23061946", b"GPPROVIDER"];
    let clean = |setup: &Setup| {
        let bytes = all_bytes(setup.path());
        needles.iter().all(|needle| !contains(&bytes, needle))
    };
    setup.patients.answer(9_693_632_109, None);
    setup.send(GARTON, b"body").await.unwrap();
    setup.exchange().route_due().await.unwrap();
    assert!(clean(&setup), "while it waits");
    let sealed = sealed_addresses(&setup);
    assert_eq!(sealed.len(), 1);
    setup.patients.answer(9_693_632_109, Some(at("A20047")));
    setup.time.pass(SignedDuration::from_secs(60));
    assert_eq!(setup.exchange().route_due().await.unwrap(), 1);
    assert!(clean(&setup), "after delivery");
    assert!(sealed_addresses(&setup).is_empty());
    setup.exchange = None; // closing checkpoints the log into the database
    let bytes = all_bytes(setup.path());
    assert!(
        !contains(&bytes, &sealed[0]),
        "not even sealed is it left in any file"
    );
    assert!(needles.iter().all(|needle| !contains(&bytes, needle)));
}

/// What the routing table holds, read beside the server.
fn sealed_addresses(setup: &Setup) -> Vec<Vec<u8>> {
    let connection = rusqlite::Connection::open(setup.path().join("records.sqlite3")).unwrap();
    let mut rows = connection.prepare("SELECT address FROM routing").unwrap();
    rows.query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

#[tokio::test]
async fn running_the_exchange_routes_and_notices_operators_by_itself() {
    let setup = Setup::new(strict()).await;
    let shutdown = CancellationToken::new();
    let exchange = setup.exchange().clone();
    let running = tokio::spawn({
        let shutdown = shutdown.clone();
        async move { exchange.run(shutdown).await }
    });
    let message = setup.send(GARTON, b"body").await.unwrap();
    wait_for(|| {
        setup
            .events()
            .iter()
            .any(|event| matches!(event, Event::Delivered { .. }))
    })
    .await;
    assert_eq!(setup.inbox(RECEIVER).await, [message]);

    // another process's operator
    let randomness = Arc::new(nhs::SystemRandomness);
    let operator = exchange::Operator::open(setup.path(), randomness, setup.time.clone()).unwrap();
    operator.set_active(&id(RECEIVER), false).unwrap();
    wait_for(|| setup.exchange().workflow_search(WORKFLOW).is_empty()).await;
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
