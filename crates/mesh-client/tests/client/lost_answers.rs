//! The answer to a send is lost: the server is asked before anything is sent again.

use crate::kit::server::{Fault, Server};
use crate::kit::{Practice, names, noise, read_control};
use axum::http::Method;
use mesh_client::agent::{Direction, Event};

const A: &str = "A81001OT001";
const B: &str = "A20047OT001";

fn found_by_tracking(event: &Event) -> bool {
    matches!(event, Event::FoundByTracking { .. })
}

fn possible_duplicate(event: &Event) -> bool {
    matches!(event, Event::PossibleDuplicate { .. })
}

fn in_chunks() -> Practice {
    let mut sender = Practice::new("", A);
    sender.config.options.request_limit = 10_000;
    sender.config.options.chunk_size = 10_000;
    sender.config.server.tries = 1;
    sender
}

#[tokio::test]
async fn a_message_that_arrived_is_found_and_not_sent_again() {
    let server = Server::start().await;
    let mut sender = Practice::new(&server.url, A);
    sender.config.mailboxes[0].transfer_report = true;
    // Without a local id of its own the agent gives it one.
    let mut control = sender.control(B);
    control.local_id = None;
    sender.put("one", b"the message", &control.write());
    server.fail(Method::POST, "/outbox", Fault::BreakAfter);
    assert_eq!(sender.agent().run_once().await.unwrap().sent, 1);
    assert_eq!(server.count(), 1);
    assert!(sender.events().iter().any(found_by_tracking));
    assert!(!sender.events().iter().any(possible_duplicate));
    let sent = read_control(&sender.path("SENT/one.ctl"));
    assert_eq!(sent.dts_id.as_deref(), Some("ID0000"));
    assert_eq!(
        sent.local_id.as_deref(),
        server.mail.lock().unwrap().messages[0]
            .headers
            .local_id
            .as_deref()
    );
    assert!(sent.status.unwrap().description.contains("tracking"));
    let report = names(&sender.path("IN"));
    let report = read_control(&sender.path("IN").join(&report[0]));
    assert!(report.status.unwrap().description.contains("tracking"));
}

#[tokio::test]
async fn a_message_that_did_not_arrive_is_sent_again_without_doubt() {
    let server = Server::start().await;
    let sender = Practice::new(&server.url, A);
    sender.put("one", b"the message", &sender.control(B).write());
    server.fail(Method::POST, "/outbox", Fault::BreakBefore);
    let agent = sender.agent();
    assert_eq!(agent.run_once().await.unwrap().delayed, 1);
    // Surely refused: tried again in the same round.
    server.fail(Method::POST, "/outbox", Fault::Status(503));
    assert_eq!(agent.run_once().await.unwrap().sent, 1);
    assert_eq!(server.count(), 1);
    assert!(!sender.events().iter().any(possible_duplicate));
    assert!(!sender.events().iter().any(found_by_tracking));
}

#[tokio::test]
async fn a_local_id_that_many_messages_share_is_told_apart_by_what_was_sent_since() {
    let server = Server::start().await;
    let sender = Practice::new(&server.url, A);
    let agent = sender.agent();
    for name in ["one", "two"] {
        sender.put(name, b"earlier", &sender.control(B).write());
    }
    assert_eq!(agent.run_once().await.unwrap().sent, 2);
    sender.put("three", b"arrives", &sender.control(B).write());
    server.fail(Method::POST, "/outbox", Fault::BreakAfter);
    assert_eq!(agent.run_once().await.unwrap().sent, 1);
    assert_eq!(server.count(), 3);
    let sent = read_control(&sender.path("SENT/three.ctl"));
    assert_eq!(sent.dts_id.as_deref(), Some("ID0002"));
    sender.put("four", b"does not", &sender.control(B).write());
    server.fail(Method::POST, "/outbox", Fault::BreakBefore);
    assert_eq!(agent.run_once().await.unwrap().delayed, 1);
    assert_eq!(agent.run_once().await.unwrap().sent, 1);
    assert_eq!(server.count(), 4);
    // An older message of the same name and local id is not taken for the new one.
    sender.put("three", b"another", &sender.control(B).write());
    server.fail(Method::POST, "/outbox", Fault::BreakBefore);
    assert_eq!(agent.run_once().await.unwrap().delayed, 1);
    assert_eq!(agent.run_once().await.unwrap().sent, 1);
    assert_eq!(server.count(), 5);
    assert!(!sender.events().iter().any(possible_duplicate));
}

#[tokio::test]
async fn where_the_server_cannot_say_it_is_sent_again_and_that_is_told() {
    let server = Server::start().await;
    let mut sender = Practice::new(&server.url, A);
    sender.config.mailboxes[0].delay_report = true;
    sender.put("one", b"the message", &sender.control(B).write());
    server.fail(Method::POST, "/outbox", Fault::BreakAfter);
    for _ in 0..2 {
        server.fail(Method::GET, "/outbox/tracking/local-1", Fault::Status(405));
    }
    let agent = sender.agent();
    assert_eq!(agent.run_once().await.unwrap().delayed, 1);
    assert!(!sender.events().iter().any(possible_duplicate));
    let delay = names(&sender.path("IN"));
    let delay = read_control(&sender.path("IN").join(&delay[0]))
        .status
        .unwrap();
    assert_eq!(
        (delay.code.as_str(), delay.status.as_str()),
        ("05", "SUCCESS")
    );
    assert!(
        delay.description.contains("may have the message"),
        "{delay:?}"
    );
    assert_eq!(agent.run_once().await.unwrap().sent, 1);
    assert!(sender.events().iter().any(possible_duplicate));
    assert_eq!(server.count(), 2);
    let sent = read_control(&sender.path("SENT/one.ctl")).status.unwrap();
    assert!(sent.description.contains("may have arrived as well"));
    assert_eq!(
        names(&sender.path("IN")).len(),
        1,
        "one delay report a message"
    );
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_later_and_nothing_sent_meanwhile() {
    let server = Server::start().await;
    let mut sender = Practice::new(&server.url, A);
    sender.config.server.tries = 1;
    sender.put("one", b"the message", &sender.control(B).write());
    server.fail(Method::POST, "/outbox", Fault::BreakAfter);
    for _ in 0..2 {
        server.fail(Method::GET, "/outbox/tracking/local-1", Fault::Status(503));
    }
    let agent = sender.agent();
    for _ in 0..2 {
        assert_eq!(agent.run_once().await.unwrap().delayed, 1);
    }
    assert_eq!(agent.run_once().await.unwrap().sent, 1);
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_claim_whose_notes_a_power_cut_took_is_asked_about() {
    let server = Server::start().await;
    let mut sender = Practice::new(&server.url, A);
    sender.config.server.tries = 1;
    sender.put("one", b"the message", &sender.control(B).write());
    server.fail(Method::POST, "/outbox", Fault::BreakAfter);
    server.fail(Method::GET, "/outbox/tracking/local-1", Fault::Status(503));
    assert_eq!(sender.agent().run_once().await.unwrap().delayed, 1);
    let claim = names(&sender.path("TEMP"));
    let claim = claim.iter().find(|name| name.starts_with("out-")).unwrap();
    let notes = sender.path("TEMP").join(claim).join("restante-attempt");
    std::fs::remove_file(notes).unwrap();
    assert_eq!(sender.agent().run_once().await.unwrap().sent, 1);
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_first_chunk_whose_answer_was_lost_is_followed_by_the_second() {
    let server = Server::start().await;
    let mut sender = in_chunks();
    sender.config.server.url.clone_from(&server.url);
    let mut control = sender.control(B);
    control.allow_chunking = Some(true);
    let data = noise(25_000);
    sender.put("one", &data, &control.write());
    server.fail(Method::POST, "/outbox", Fault::BreakAfter);
    server.fail(Method::GET, "/outbox/tracking/local-1", Fault::Status(503));
    assert_eq!(sender.agent().run_once().await.unwrap().delayed, 1);
    assert_eq!(sender.agent().run_once().await.unwrap().sent, 1);
    let mail = server.mail.lock().unwrap();
    assert_eq!(mail.messages.len(), 1);
    assert!(mail.messages[0].chunks.concat() == data);
    let progress = |event: &Event| match event {
        Event::Progress {
            direction: Direction::Send,
            chunk,
            chunks: 3,
            bytes,
            ..
        } => Some((*chunk, *bytes)),
        _ => None,
    };
    let progress: Vec<_> = sender.events().iter().filter_map(progress).collect();
    assert_eq!(progress, [(2, 20_000), (3, 25_000)]);
}

#[tokio::test]
async fn chunks_of_two_files_are_never_mixed() {
    let server = Server::start().await;
    let mut sender = in_chunks();
    sender.config.server.url.clone_from(&server.url);
    let mut control = sender.control(B);
    control.allow_chunking = Some(true);
    sender.put("one", &noise(25_000), &control.write());
    server.fail(Method::POST, "/outbox/ID0000/3", Fault::Status(503));
    assert_eq!(sender.agent().run_once().await.unwrap().delayed, 1);
    let claim = names(&sender.path("TEMP"));
    let claim = claim.iter().find(|name| name.starts_with("out-")).unwrap();
    let mut data = noise(25_000);
    data[24_999] ^= 1;
    std::fs::write(sender.path("TEMP").join(claim).join("one.dat"), &data).unwrap();
    assert_eq!(sender.agent().run_once().await.unwrap().sent, 1);
    let mail = server.mail.lock().unwrap();
    assert_eq!(mail.messages.len(), 2);
    assert!(mail.messages[0].chunks.len() < 3, "the first stays half");
    assert!(mail.messages[1].chunks.concat() == data);
}

#[tokio::test]
async fn a_message_given_up_in_doubt_says_so() {
    let server = Server::start().await;
    let mut sender = Practice::new(&server.url, A);
    sender.config.server.tries = 1;
    sender.config.options.give_up_hours = 0.0;
    sender.put("one", b"the message", &sender.control(B).write());
    server.fail(Method::POST, "/outbox", Fault::BreakAfter);
    server.fail(Method::GET, "/outbox/tracking/local-1", Fault::Status(405));
    assert_eq!(sender.agent().run_once().await.unwrap().failed, 1);
    let record = read_control(&sender.path("FAILED/one.ctl")).status.unwrap();
    assert_eq!(
        (record.event.as_str(), record.code.as_str()),
        ("TRANSFER", "06")
    );
    assert!(
        record.description.contains("may have the message"),
        "{record:?}"
    );
}
