//! Messages that nobody collects, and what is forgotten.

use crate::kit::{self, RECEIVER, SENDER, Setup, bytes, id, request, strict};
use exchange::{ErrorKind, Event, ListQuery, MessageState, NewEvent, NewReport, Settings, Track};
use jiff::SignedDuration;

#[tokio::test]
async fn code_14_a_message_nobody_collects_is_reported_after_five_days() {
    let mut setup = Setup::new(strict()).await;
    let message = setup.send(RECEIVER, b"x").await.unwrap();
    setup.time.pass(SignedDuration::from_hours(5 * 24 - 1));
    setup.exchange().tidy().await.unwrap();
    assert_eq!(setup.inbox(RECEIVER).await, std::slice::from_ref(&message));
    setup.time.pass(SignedDuration::from_hours(2));
    setup.exchange().tidy().await.unwrap();
    setup.restart().await;
    assert!(setup.inbox(RECEIVER).await.is_empty());
    assert!(setup.events().contains(&Event::Expired {
        message: message.clone()
    }));
    let failure = setup.reported_failure().await;
    assert_eq!(
        (failure.code.as_str(), failure.event.as_str()),
        ("14", "SEND")
    );
    assert_eq!(
        failure.description,
        "Message not collected by recipient after 5 days"
    );
    assert_eq!(failure.linked.as_deref(), Some(message.as_str()));
    let error = setup.download(&message, 1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gone);

    // the report itself is not reported when nobody collects it
    setup.time.pass(SignedDuration::from_hours(6 * 24));
    setup.exchange().tidy().await.unwrap();
    assert!(setup.inbox(SENDER).await.is_empty());
}

#[tokio::test]
async fn code_14_tells_when_the_mailbox_was_deactivated() {
    let setup = Setup::new(strict()).await;
    setup.send(RECEIVER, b"x").await.unwrap();
    setup
        .exchange()
        .operator()
        .unwrap()
        .set_active(&id(RECEIVER), false)
        .unwrap();
    setup.exchange().refresh_directory().await.unwrap();
    setup.time.pass(SignedDuration::from_hours(6 * 24));
    setup.exchange().tidy().await.unwrap();
    let failure = setup.reported_failure().await;
    assert_eq!(
        failure.description,
        "Message was not collected as the mailbox is deactivated"
    );
}

#[tokio::test]
async fn after_thirty_days_a_message_its_chunks_and_its_files_are_gone() {
    let setup = Setup::new(strict()).await;
    let body = bytes(100_000);
    let message = setup.send(RECEIVER, &body).await.unwrap();
    let chunked = setup
        .send_request(request(RECEIVER, 2), &body)
        .await
        .unwrap();
    setup.send_chunk(&chunked, 2, 2, &body).await.unwrap();
    let caller = setup.caller(RECEIVER).await;
    setup
        .exchange()
        .acknowledge(&caller, message.as_str())
        .await
        .unwrap();
    setup.time.pass(SignedDuration::from_hours(31 * 24));
    setup.exchange().tidy().await.unwrap();
    let caller = setup.caller(SENDER).await;
    for message in [&message, &chunked] {
        let error = setup
            .exchange()
            .track(&caller, Track::Message(message.as_str()))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
    assert!(kit::all_bytes(&setup.path().join("bodies")).is_empty());
    assert_eq!(
        setup.inbox(SENDER).await.len(),
        1,
        "the report on the uncollected one"
    );
    setup.send(RECEIVER, b"the next").await.unwrap();
    assert_eq!(setup.inbox(RECEIVER).await.len(), 1);
}

#[tokio::test]
async fn operators_manage_mailboxes_and_rights_and_no_file_holds_a_password() {
    let mut setup = Setup::new(strict()).await;
    let operator = setup.exchange().operator().unwrap();
    let password = secrecy::SecretString::from("a new and secret one".to_owned());
    operator.set_password(&id(SENDER), &password).unwrap();
    assert!(operator.set_password(&id("NOBODY"), &password).is_err());
    assert!(operator.set_active(&id("NOBODY"), true).is_err());
    let workflow = nhs::WorkflowId::parse(kit::WORKFLOW).unwrap();
    assert!(operator.allow(&workflow, &[id("NOBODY")], &[]).is_err());
    operator.deny(&workflow, &[], &[id(RECEIVER)]).unwrap();
    let workflows = operator.workflows().unwrap();
    assert_eq!(workflows.len(), 1);
    assert!(workflows[0].patient_routing && workflows[0].receivers.is_empty());
    assert_eq!(workflows[0].senders, [id(SENDER)]);
    assert_eq!(operator.mailboxes().unwrap().len(), 2);
    drop(operator);
    setup.restart().await;
    let old = setup.token(SENDER);
    let new = setup.token_with(SENDER, "a new and secret one", "n", 7);
    let mine = kit::certificate("A81001");
    let exchange = setup.exchange();
    assert!(
        exchange
            .authenticate(SENDER, Some(old.as_bytes()), Some(&mine))
            .await
            .is_err()
    );
    assert!(
        exchange
            .authenticate(SENDER, Some(new.as_bytes()), Some(&mine))
            .await
            .is_ok()
    );
    let bytes = kit::all_bytes(setup.path());
    assert!(!kit::contains(&bytes, b"a new and secret one"));
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let setup = Setup::new(strict()).await;
    setup.send(RECEIVER, &bytes(100_000)).await.unwrap();
    let mut looked_at = 0;
    for entry in std::fs::read_dir(setup.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        let expected = if entry.path().is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode, expected, "{}", entry.path().display());
        looked_at += 1;
    }
    assert!(
        looked_at >= 5,
        "database, log, shared memory, key, lock, bodies"
    );
}

fn new_report(undeliverable: bool) -> NewReport {
    NewReport {
        mailbox: SENDER.to_lowercase(),
        workflow: "ANY".to_owned(),
        undeliverable,
        code: "21".to_owned(),
        description: "my error".to_owned(),
        subject: Some("subject".to_owned()),
        local_id: None,
        file_name: Some("f.dat".to_owned()),
        linked: Some("0123".to_owned()),
    }
}

#[tokio::test]
async fn the_sandboxs_reports_and_events() {
    let setup = Setup::new(Settings::sandbox()).await;
    let exchange = setup.exchange();
    let error = exchange.add_report(NewReport {
        mailbox: "NOBODY".to_owned(),
        ..new_report(true)
    });
    assert_eq!(error.await.unwrap_err().kind(), ErrorKind::NotFound);
    let report = exchange.add_report(new_report(false)).await.unwrap();
    let envelope = setup.report().await;
    let failure = envelope.failure().unwrap();
    assert_eq!(
        (failure.code.as_str(), failure.event.as_str()),
        ("21", "TRANSFER")
    );
    assert_eq!(failure.linked.as_deref(), Some("0123"));

    let caller = setup.caller(SENDER).await;
    exchange
        .acknowledge(&caller, report.as_str())
        .await
        .unwrap();
    assert!(setup.inbox(SENDER).await.is_empty());
    let accepted = NewEvent {
        state: MessageState::Accepted,
        code: None,
        event: None,
        description: None,
        linked: None,
    };
    exchange
        .add_event(report.as_str(), accepted.clone())
        .await
        .unwrap();
    assert_eq!(setup.inbox(SENDER).await, std::slice::from_ref(&report));
    let failed = NewEvent {
        state: MessageState::Error,
        code: Some("99".to_owned()),
        ..accepted.clone()
    };
    exchange.add_event(report.as_str(), failed).await.unwrap();
    assert!(setup.inbox(SENDER).await.is_empty());
    let envelope = exchange.message(report.as_str()).await.unwrap();
    assert_eq!(
        (
            envelope.message.state,
            envelope.failure().unwrap().code.as_str()
        ),
        (MessageState::Error, "99")
    );
    for (state, refused, then) in [
        (
            MessageState::Undeliverable,
            None,
            MessageState::Undeliverable,
        ),
        (MessageState::Acknowledged, None, MessageState::Acknowledged),
        // no operation leads there, and nothing is changed on the way
        (
            MessageState::Uploading,
            Some(ErrorKind::Invalid),
            MessageState::Acknowledged,
        ),
    ] {
        let event = NewEvent {
            state,
            ..accepted.clone()
        };
        let error = exchange.add_event(report.as_str(), event).await.err();
        assert_eq!(error.map(|error| error.kind()), refused);
        let envelope = exchange.message(report.as_str()).await.unwrap();
        assert_eq!(envelope.message.state, then);
    }
    let error = exchange.add_event("NOSUCH", accepted).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);

    exchange.add_report(new_report(true)).await.unwrap();
    let ndr = setup.report().await;
    assert_eq!(
        ndr.message.details.subject.as_deref(),
        Some(&b"NDR: subject"[..])
    );
    assert_eq!(ndr.failure().unwrap().code, "14");
    assert!(exchange.mailbox(SENDER).unwrap().active);
    assert!(exchange.mailbox(&SENDER.to_lowercase()).is_err());
}

#[tokio::test]
async fn the_sandboxs_resets() {
    let mut setup = Setup::new(Settings::sandbox()).await;
    let message = setup.send(RECEIVER, b"x").await.unwrap();
    setup.send(SENDER, &bytes(50_000)).await.unwrap();
    setup
        .exchange()
        .reset_mailbox(&RECEIVER.to_lowercase())
        .await
        .unwrap();
    assert!(setup.exchange().reset_mailbox("NOBODY").await.is_err());
    let caller = setup.caller(RECEIVER).await;
    let everything = ListQuery {
        since: jiff::Timestamp::MIN,
        max_results: 10,
        continue_from: None,
    };
    let received = setup.exchange().rich_inbox(&caller, everything.clone());
    assert!(received.await.unwrap().messages.is_empty());
    setup.send(RECEIVER, b"y").await.unwrap();
    let received = setup.exchange().rich_inbox(&caller, everything).await;
    assert_eq!(received.unwrap().messages.len(), 1);
    let again = setup.inbox(RECEIVER).await;
    assert_eq!(again.len(), 1);
    setup.exchange().reset_mailbox(RECEIVER).await.unwrap();
    setup.restart().await;
    assert!(setup.inbox(RECEIVER).await.is_empty());
    assert_eq!(setup.inbox(SENDER).await.len(), 1);
    let caller = setup.caller(SENDER).await;
    setup
        .exchange()
        .track(&caller, Track::Message(message.as_str()))
        .await
        .unwrap();
    setup.exchange().reset_all().await.unwrap();
    setup.restart().await;
    assert!(setup.inbox(SENDER).await.is_empty());
    let caller = setup.caller(SENDER).await;
    let error = setup
        .exchange()
        .track(&caller, Track::Message(message.as_str()))
        .await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::NotFound);
}
