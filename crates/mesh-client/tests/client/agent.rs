//! The agent over real directories and real HTTP, with a server that fails where it is told to.

use crate::kit::server::{Fault, Server};
use crate::kit::{Practice, names, noise, read_control};
use axum::http::Method;
use mesh_client::agent::Event;
use mesh_client::{ClientError, Cycle};
use tokio_util::sync::CancellationToken;

const A: &str = "A81001OT001";
const B: &str = "A20047OT001";

#[tokio::test]
async fn a_pair_goes_to_sent_and_arrives_once_byte_for_byte() {
    let server = Server::start().await;
    let (sender, receiver) = (Practice::new(&server.url, A), Practice::new(&server.url, B));
    sender.put("one", b"the message", &sender.control(B).write());
    assert_eq!(sender.agent().run_once().await.unwrap().sent, 1);
    assert_eq!(names(&sender.path("SENT")), ["one.ctl", "one.dat"]);
    assert_eq!(
        read_control(&sender.path("SENT/one.ctl")).dts_id.as_deref(),
        Some("ID0000")
    );
    let agent = receiver.agent();
    let cycle = agent.run_once().await.unwrap();
    assert_eq!(
        cycle,
        Cycle {
            received: 1,
            acknowledged: 1,
            ..Cycle::default()
        }
    );
    assert_eq!(names(&receiver.path("IN")), ["ID0000.ctl", "ID0000.dat"]);
    assert_eq!(
        std::fs::read(receiver.path("IN/ID0000.dat")).unwrap(),
        b"the message"
    );
    assert_eq!(agent.run_once().await.unwrap(), Cycle::default());
    for practice in [&sender, &receiver] {
        assert_eq!(
            names(&practice.path("TEMP")),
            [
                "published.log",
                "restante-status.json",
                "restante.lock",
                "sent.log"
            ]
        );
    }
}

#[tokio::test]
async fn a_lost_acknowledgement_is_given_again_without_a_second_file() {
    let server = Server::start().await;
    let (sender, receiver) = (Practice::new(&server.url, A), Practice::new(&server.url, B));
    sender.put("one", b"the message", &sender.control(B).write());
    sender.agent().run_once().await.unwrap();
    server.fail(Method::PUT, "acknowledged", Fault::Status(500));
    assert_eq!(receiver.agent().run_once().await.unwrap().acknowledged, 0);
    std::fs::remove_file(receiver.path("IN/ID0000.ctl")).unwrap();
    std::fs::remove_file(receiver.path("IN/ID0000.dat")).unwrap();
    let cycle = receiver.agent().run_once().await.unwrap();
    assert_eq!(
        cycle,
        Cycle {
            acknowledged: 1,
            ..Cycle::default()
        }
    );
    assert!(names(&receiver.path("IN")).is_empty());
}

#[tokio::test]
async fn what_a_crash_left_complete_in_temp_is_published_and_the_rest_fetched_again() {
    let server = Server::start().await;
    let (sender, receiver) = (Practice::new(&server.url, A), Practice::new(&server.url, B));
    sender.put("one", b"the message", &sender.control(B).write());
    sender.put("two", b"another", &sender.control(B).write());
    sender.agent().run_once().await.unwrap();
    drop(receiver.agent());
    // After the rename of the data, before that of the control file.
    let half = receiver.path("TEMP/in-ID0000");
    std::fs::create_dir(&half).unwrap();
    std::fs::write(half.join("publish"), "ID0000").unwrap();
    std::fs::write(half.join("control"), sender.control(B).write()).unwrap();
    std::fs::write(receiver.path("IN/ID0000.dat"), b"the message").unwrap();
    // In the middle of a download.
    let part = receiver.path("TEMP/in-ID0001");
    std::fs::create_dir(&part).unwrap();
    std::fs::write(part.join("data"), b"ano").unwrap();
    let cycle = receiver.agent().run_once().await.unwrap();
    assert_eq!(
        cycle,
        Cycle {
            received: 1,
            acknowledged: 2,
            ..Cycle::default()
        }
    );
    let files = ["ID0000.ctl", "ID0000.dat", "ID0001.ctl", "ID0001.dat"];
    assert_eq!(names(&receiver.path("IN")), files);
    assert_eq!(
        std::fs::read(receiver.path("IN/ID0001.dat")).unwrap(),
        b"another"
    );
}

#[tokio::test]
async fn broken_downloads_and_busy_answers_are_tried_again() {
    let server = Server::start().await;
    let (mut sender, receiver) = (Practice::new(&server.url, A), Practice::new(&server.url, B));
    sender.config.options.request_limit = 10_000;
    sender.config.options.chunk_size = 10_000;
    let mut control = sender.control(B);
    control.allow_chunking = Some(true);
    let data = noise(25_000);
    sender.put("one", &data, &control.write());
    server.fail(Method::POST, "/outbox/ID0000/2", Fault::Status(503));
    server.fail(Method::POST, "/outbox/ID0000/3", Fault::BreakAfter);
    assert_eq!(sender.agent().run_once().await.unwrap().sent, 1);
    server.fail(Method::GET, "/inbox", Fault::Status(429));
    server.fail(Method::GET, "/inbox/ID0000/2", Fault::HalfBody);
    assert_eq!(receiver.agent().run_once().await.unwrap().received, 1);
    assert!(std::fs::read(receiver.path("IN/ID0000.dat")).unwrap() == data);
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_half_sent_message_goes_on_at_the_next_chunk_after_a_restart() {
    let server = Server::start().await;
    let mut sender = Practice::new(&server.url, A);
    sender.config.options.request_limit = 10_000;
    sender.config.options.chunk_size = 10_000;
    sender.config.server.tries = 1;
    let mut control = sender.control(B);
    control.allow_chunking = Some(true);
    let data = noise(25_000);
    sender.put("one", &data, &control.write());
    server.fail(Method::POST, "/outbox/ID0000/3", Fault::Status(503));
    assert_eq!(sender.agent().run_once().await.unwrap().delayed, 1);
    assert_eq!(sender.agent().run_once().await.unwrap().sent, 1);
    let mail = server.mail.lock().unwrap();
    assert_eq!(mail.messages.len(), 1);
    assert!(mail.messages[0].chunks.concat() == data);
}

#[tokio::test]
async fn a_refused_login_stops_the_mailbox_and_keeps_the_message() {
    let server = Server::start().await;
    let sender = Practice::new(&server.url, A);
    sender.put("one", b"the message", &sender.control(B).write());
    server.fail(Method::POST, "/outbox", Fault::Status(403));
    let agent = sender.agent();
    assert_eq!(agent.run_once().await.unwrap_err().status(), Some(403));
    assert!(matches!(
        sender.events().last(),
        Some(Event::LoginRefused { .. })
    ));
    assert_eq!(agent.run_once().await.unwrap().sent, 1);
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn bad_pairs_go_to_failed_with_a_report_in_in() {
    let server = Server::start().await;
    let mut sender = Practice::new(&server.url, A);
    sender.config.options.lone_data_file_seconds = 0.0;
    let good = sender.control(B);
    let changed = |change: fn(&mut mesh::ControlFile)| {
        let mut control = good.clone();
        change(&mut control);
        control.write()
    };
    sender.put("c06-xml", b"x", b"this is not XML");
    sender.put("c09", b"x", &changed(|c| c.version = Some("one".into())));
    sender.put(
        "c10",
        b"x",
        &changed(|c| c.address_type = Some("SMTP".into())),
    );
    sender.put(
        "c11",
        b"x",
        &changed(|c| c.message_type = Some("Report".into())),
    );
    sender.put(
        "c07",
        b"x",
        &changed(|c| c.from_dts = Some("ANOTHER".into())),
    );
    sender.put("c08", b"x", &changed(|c| c.to_dts = None));
    sender.put("c06-workflow", b"x", &changed(|c| c.workflow_id = None));
    sender.put(
        "c06-subject",
        b"x",
        &changed(|c| c.subject = Some("x".repeat(501))),
    );
    sender.put("c02-empty", b"", &good.write());
    sender.put("c02-lone", b"x", &good.write());
    std::fs::remove_file(sender.path("OUT/c02-lone.dat")).unwrap();
    sender.put("c01-lone", b"x", &good.write());
    std::fs::remove_file(sender.path("OUT/c01-lone.ctl")).unwrap();
    assert_eq!(sender.agent().run_once().await.unwrap().failed, 11);
    assert_eq!(server.count(), 0);
    assert!(names(&sender.path("OUT")).is_empty());
    let reports = names(&sender.path("IN"));
    assert_eq!(reports.len(), 11);
    for report in &reports {
        let read = read_control(&sender.path("IN").join(report));
        assert!(read.is_error_report(), "{report}");
        assert_eq!(
            read.status.unwrap().code.as_str(),
            &report[1..3],
            "{report}"
        );
    }
    for (base, words) in [
        (
            "c06-xml",
            "MalformedControlFile: DTSControl at line 1, column 1: expected well-formed XML",
        ),
        (
            "c06-subject",
            "expected at most 500 characters, found 501, which is too long",
        ),
        ("c07", "From_DTS at line 5, column 3: expected "),
        (
            "c10",
            "Invalid address type: AddressType at line 3, column 3: expected DTS or ALL, found SMTP",
        ),
    ] {
        let report = reports.iter().find(|name| name.starts_with(base)).unwrap();
        let said = read_control(&sender.path("IN").join(report))
            .status
            .unwrap()
            .description;
        assert!(said.contains(words), "{base}: {said}");
    }
    let kept = std::fs::read(sender.path("FAILED/c06-xml.ctl")).unwrap();
    assert_eq!(kept, b"this is not XML");
    let failed = read_control(&sender.path("FAILED/c07.ctl"));
    assert_eq!(failed.status.unwrap().event.as_str(), "SEND");
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let server = Server::start().await;
    let sender = Practice::new(&server.url, A);
    let agent = sender.agent();
    for data in [b"first", b"other"] {
        sender.put("one", data, &sender.control(B).write());
        agent.run_once().await.unwrap();
    }
    assert_eq!(
        names(&sender.path("SENT")),
        ["one.ctl", "one.dat", "one_1.ctl", "one_1.dat"]
    );
    assert_eq!(
        std::fs::read(sender.path("SENT/one.dat")).unwrap(),
        b"first"
    );
}

#[tokio::test]
async fn a_second_client_on_the_same_directories_is_refused() {
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    let _first = practice.agent();
    assert!(matches!(practice.try_agent(), Err(ClientError::Locked(_))));
}

#[tokio::test]
async fn a_running_agent_sends_what_appears_and_stops_when_told() {
    let server = Server::start().await;
    let mut sender = Practice::new(&server.url, A);
    sender.config.mailboxes[0].transfer_report = true;
    sender.config.mailboxes[0].collect_report = true;
    let agent = sender.agent();
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { agent.run(stop).await }
    });
    sender.put("one", b"the message", &sender.control(B).write());
    sender
        .wait_for(|event| matches!(event, Event::Sent { .. }))
        .await;
    stop.cancel();
    running.await.unwrap();
    let reports = names(&sender.path("IN"));
    assert_eq!(reports.len(), 2);
    assert!(reports[0].starts_with("one_COLLECT_") && reports[1].starts_with("one_TRANSFER_"));
}

#[tokio::test]
async fn a_server_that_is_away_costs_nothing_but_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut sender = Practice::new(&nobody, A);
    sender.config.server.tries = 1;
    sender.put("one", b"the message", &sender.control(B).write());
    let away = sender.agent().run_once().await;
    assert!(matches!(away, Err(ClientError::Unreachable(_))));
    let server = Server::start().await;
    sender.config.server.url = server.url.clone();
    assert_eq!(sender.agent().run_once().await.unwrap().sent, 1);
    assert_eq!(server.count(), 1);
}
