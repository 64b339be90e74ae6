//! What may be sent, and what is kept of it.

use std::io;

use crate::kit::{RECEIVER, SENDER, Setup, WORKFLOW, bytes, id, pieces, request, strict};
use bytes::Bytes;
use exchange::{Details, ErrorKind, Event, Kind, MessageState, Settings, Track};
use futures_util::{StreamExt, stream};
use mesh::{ChunkRange, ContentEncoding, HeaderText};
use nhs::WorkflowId;

#[tokio::test]
async fn an_accepted_message_is_there_after_a_restart_byte_for_byte() {
    let mut setup = Setup::new(strict()).await;
    for length in [1, 32 * 1024, 32 * 1024 + 1, 3_000_000] {
        let body = bytes(length);
        let message = setup.send(RECEIVER, &body).await.unwrap();
        setup.restart().await;
        assert_eq!(setup.inbox(RECEIVER).await.last(), Some(&message));
        assert_eq!(setup.download(&message, 1).await.unwrap(), body);
    }
    let events = setup.events();
    assert!(matches!(&events[0], Event::Accepted { sender, .. } if sender.as_str() == SENDER));
    assert!(
        matches!(&events[1], Event::Delivered { recipient, .. } if recipient.as_str() == RECEIVER)
    );
}

#[tokio::test]
async fn the_envelope_says_what_the_sender_said() {
    let setup = Setup::new(strict()).await;
    let mut sent = request(" a20047ot001 ", 1);
    sent.file_name = Some(HeaderText::from_bytes(b"\xfc.dat"));
    sent.encoding = ContentEncoding::Gzip;
    sent.encrypted = true;
    let details = Details {
        local_id: Some(b"local 1".to_vec()),
        subject: Some("a subject, Müller".as_bytes().to_vec()),
        file_name: Some(b"\xfc.dat".to_vec()),
        gzip: true,
        encrypted: true,
        ..Details::default()
    };
    let message = setup.send_request(sent, b"body").await.unwrap();
    let caller = setup.caller(RECEIVER).await;
    let envelope = setup
        .exchange()
        .envelope(&caller, message.as_str())
        .await
        .unwrap();
    assert!(envelope.message.details == details);
    assert_eq!(envelope.message.kind, Kind::Data);
    assert_eq!(envelope.sender.unwrap().mailbox.as_str(), SENDER);
    assert_eq!(envelope.recipient.unwrap().mailbox.as_str(), RECEIVER);
    assert_eq!(
        (
            envelope.message.size,
            envelope.message.total_chunks,
            envelope.message.state
        ),
        (4, 1, MessageState::Accepted)
    );
}

#[tokio::test]
async fn message_ids_have_the_real_services_form_and_rise() {
    let setup = Setup::new(strict()).await;
    let mut last = String::new();
    for _ in 0..50 {
        let message = setup.send(RECEIVER, b"x").await.unwrap().to_string();
        let (time, suffix) = message.split_once('_').unwrap();
        assert!(
            time.len() == 20 && time.starts_with("2026112210"),
            "{message}"
        );
        assert!(suffix.len() == 6 && suffix.bytes().all(|b| b"0123456789ABCDEF".contains(&b)));
        assert!(message > last);
        last = message;
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_told_at_once() {
    let setup = Setup::new(strict()).await;
    setup.add_mailbox("A20047OT002", "A20047");
    setup.add_mailbox("A20047OT003", "A20047");
    let operator = setup.exchange().operator().unwrap();
    operator.set_active(&id("A20047OT003"), false).unwrap();
    setup.exchange().refresh_directory().await.unwrap();
    let other_workflow = || {
        let mut other = request(RECEIVER, 1);
        other.workflow = WorkflowId::parse("SOMETHING_ELSE").unwrap();
        other
    };
    let from_another = || {
        let mut other = request(RECEIVER, 1);
        other.sender = Some(RECEIVER.to_owned());
        other
    };
    let no_chunks = || {
        let mut report = request(RECEIVER, 1);
        report.chunk_range = Some(ChunkRange::REPORT);
        report
    };
    let cases = [
        (request("  ", 1), "08", ErrorKind::Invalid),
        (request("NOBODY", 1), "12", ErrorKind::Unacceptable),
        (request("../../etc", 1), "12", ErrorKind::Unacceptable),
        (
            request("gpprovider_9693632109_23061946_GARTON", 1),
            "12",
            ErrorKind::Unacceptable,
        ),
        (request("A20047OT003", 1), "12", ErrorKind::Unacceptable),
        (request("A20047OT002", 1), "17", ErrorKind::Unacceptable),
        (other_workflow(), "16", ErrorKind::Unacceptable),
        (from_another(), "07", ErrorKind::Unacceptable),
        (no_chunks(), "InvalidHeaderChunks", ErrorKind::Unacceptable),
        (
            request(RECEIVER, 20_001),
            "InvalidHeaderChunks",
            ErrorKind::Unacceptable,
        ),
    ];
    for (request, code, kind) in cases {
        let error = setup.send_request(request, b"x").await.unwrap_err();
        assert_eq!((error.code(), error.kind()), (code, kind));
    }
    let error = setup.send(RECEIVER, b"").await.unwrap_err();
    assert_eq!((error.code(), error.event()), ("02", "COLLECT"));
    assert!(setup.inbox(RECEIVER).await.is_empty());
    assert!(setup.events().is_empty());
}

#[tokio::test]
async fn the_sandbox_enforces_no_rights() {
    let setup = Setup::new(Settings::sandbox()).await;
    let mut other = request(SENDER, 1);
    other.workflow = WorkflowId::parse("ANYTHING").unwrap();
    other.sender = Some("SOMEONE".to_owned());
    setup.send_request(other, b"x").await.unwrap();
    assert_eq!(setup.inbox(SENDER).await.len(), 1);
}

#[tokio::test]
async fn too_long_and_broken_off_bodies_leave_nothing() {
    let settings = Settings {
        max_request_bytes: 2_000_000,
        ..strict()
    };
    let setup = Setup::new(settings).await;
    let error = setup.send(RECEIVER, &bytes(2_000_001)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    setup.send(RECEIVER, &bytes(2_000_000)).await.unwrap();

    let caller = setup.caller(SENDER).await;
    let parts = [
        Ok(Bytes::from(bytes(1_500_000))),
        Err(io::Error::other("the line went dead")),
    ];
    let error = setup
        .exchange()
        .send(&caller, request(RECEIVER, 1), stream::iter(parts))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(setup.inbox(RECEIVER).await.len(), 1);
    let files = walk(&setup.path().join("bodies"));
    assert_eq!(files, 1, "only the accepted body is on disk");
}

fn walk(directory: &std::path::Path) -> usize {
    std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { walk(&path) } else { 1 })
        .sum()
}

#[tokio::test]
async fn only_the_sender_can_track_a_message() {
    let mut setup = Setup::new(strict()).await;
    let message = setup.send(RECEIVER, b"x").await.unwrap();
    setup.restart().await;
    let sender = setup.caller(SENDER).await;
    let receiver = setup.caller(RECEIVER).await;
    let by_id = Track::Message(message.as_str());
    let found = setup.exchange().track(&sender, by_id).await.unwrap();
    assert_eq!(
        (found.message.id.clone(), found.message.state),
        (message.clone(), MessageState::Accepted)
    );
    assert_eq!(found.message.workflow.as_str(), WORKFLOW);
    let error = setup.exchange().track(&receiver, by_id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let error = setup
        .exchange()
        .track(&sender, Track::Message("nonsense/"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);

    let by_local_id = Track::LocalId(b"local 1");
    assert_eq!(
        setup
            .exchange()
            .track(&sender, by_local_id)
            .await
            .unwrap()
            .message
            .id,
        message
    );
    let error = setup
        .exchange()
        .track(&receiver, by_local_id)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    setup.send(RECEIVER, b"y").await.unwrap();
    let error = setup
        .exchange()
        .track(&sender, by_local_id)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Several);
}

/// A client whose connection broke asks by local id before it sends again: it must not be told that
/// nothing came while its message is about to be kept.
#[tokio::test]
async fn a_message_that_has_arrived_is_found_before_its_send_was_answered() {
    let setup = Setup::new(strict()).await;
    let (sender, asker) = (setup.caller(SENDER).await, setup.caller(SENDER).await);
    for length in [1, 3_000_000] {
        let mut sent = request(RECEIVER, 1);
        sent.local_id = Some(format!("{length} bytes").into());
        let (tell, arrived) = tokio::sync::oneshot::channel();
        let end = stream::once(async { tell.send(()) }).filter_map(async |_| None);
        let whole = bytes(length);
        let body = Box::pin(pieces(&whole).chain(end));
        let send = setup.exchange().send(&sender, sent, body);
        let ask = async {
            arrived.await.unwrap();
            let local_id = format!("{length} bytes");
            let by_local_id = Track::LocalId(local_id.as_bytes());
            setup.exchange().track(&asker, by_local_id).await
        };
        let (sent, found) = tokio::join!(send, ask);
        assert_eq!(found.unwrap().message.id, sent.unwrap());
    }
}

/// The server drops a request with its connection.
#[tokio::test]
async fn a_message_that_has_arrived_is_kept_though_its_sender_is_gone() {
    let setup = Setup::new(strict()).await;
    let (sender, asker) = (setup.caller(SENDER).await, setup.caller(SENDER).await);
    for length in [1, 30_000] {
        let local_id = format!("gone after {length}");
        let mut sent = request(RECEIVER, 1);
        sent.local_id = Some(local_id.clone().into());
        let (tell, arrived) = tokio::sync::oneshot::channel();
        let end = stream::once(async { tell.send(()) }).filter_map(async |_| None);
        let whole = bytes(length);
        let body = Box::pin(pieces(&whole).chain(end));
        let mut send = Box::pin(setup.exchange().send(&sender, sent, body));
        tokio::select! {
            biased;
            _ = arrived => {}
            sent = &mut send => panic!("answered before it could leave: {sent:?}"),
        }
        // on until it waits for the disk
        let _ = futures_util::poll!(&mut send);
        drop(send);
        let by_local_id = Track::LocalId(local_id.as_bytes());
        let found = setup.exchange().track(&asker, by_local_id).await.unwrap();
        assert_eq!(found.message.state, MessageState::Accepted);
    }
}

/// The connection may break while the exchange has yet to read what is in its socket.
#[tokio::test]
async fn a_message_being_read_is_waited_for() {
    let setup = Setup::new(strict()).await;
    let (sender, asker) = (setup.caller(SENDER).await, setup.caller(SENDER).await);
    let mut sent = request(RECEIVER, 1);
    sent.local_id = Some("being read".to_owned().into());
    let (tell, begun) = tokio::sync::oneshot::channel();
    let (go_on, asked) = tokio::sync::oneshot::channel::<()>();
    let beginning = stream::once(async move {
        tell.send(()).unwrap();
        asked.await.unwrap();
    });
    let whole = bytes(10);
    let body = Box::pin(beginning.filter_map(async |()| None).chain(pieces(&whole)));
    let send = setup.exchange().send(&sender, sent, body);
    let ask = async {
        begun.await.unwrap();
        let by_local_id = Track::LocalId(b"being read");
        let mut question = Box::pin(setup.exchange().track(&asker, by_local_id));
        assert!(futures_util::poll!(&mut question).is_pending());
        go_on.send(()).unwrap();
        question.await
    };
    let (sent, found) = tokio::join!(send, ask);
    assert_eq!(found.unwrap().message.id, sent.unwrap());
}

/// Else a mailbox whose messages share a local id could ask nothing while a long one is on its way.
#[tokio::test]
async fn a_message_that_does_not_come_holds_no_question_up() {
    let setup = Setup::new(strict()).await;
    let (sender, asker) = (setup.caller(SENDER).await, setup.caller(SENDER).await);
    let mut sent = request(RECEIVER, 1);
    sent.local_id = Some("stalled".to_owned().into());
    let body = stream::pending::<Result<Bytes, std::io::Error>>();
    let send = setup.exchange().send(&sender, sent, body);
    let by_local_id = Track::LocalId(b"stalled");
    let error = tokio::select! {
        _ = send => panic!("nothing was sent"),
        answer = setup.exchange().track(&asker, by_local_id) => answer.unwrap_err(),
    };
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn two_servers_cannot_open_one_store() {
    let setup = Setup::new(strict()).await;
    assert!(matches!(
        mail_store::Store::open(setup.path()),
        Err(mail_store::StoreError::InUse(_))
    ));
}
