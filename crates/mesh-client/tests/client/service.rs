//! The agent as a service: waiting, polling, reports, stopping, changing its configuration.

use std::sync::Arc;

use crate::kit::server::{Fault, Server};
use crate::kit::{Hands, Practice, names, noise, read_control, until};
use axum::http::Method;
use jiff::{SignedDuration, Timestamp};
use mesh_client::agent::{Event, inspect};
use mesh_client::{Agent, MailboxConfig};
use nhs::MailboxId;
use tokio_util::sync::CancellationToken;

const A: &str = "A81001OT001";
const B: &str = "A20047OT001";

fn sent(event: &Event) -> bool {
    matches!(event, Event::Sent { .. })
}

/// An agent that runs until it is told to stop.
pub struct Running {
    pub agent: Arc<Agent>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    pub fn start(practice: &Practice) -> Self {
        let agent = Arc::new(practice.agent());
        let stop = CancellationToken::new();
        let (running, told) = (agent.clone(), stop.clone());
        let task = tokio::spawn(async move { running.run(told).await });
        Self { agent, stop, task }
    }

    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

fn codes_in(practice: &Practice) -> Vec<(String, String)> {
    let reports = names(&practice.path("IN"));
    let records = reports.iter().map(|name| {
        let control = read_control(&practice.path("IN").join(name));
        assert_eq!(control.message_type.as_deref(), Some("Report"));
        let record = control.status.unwrap();
        (record.event.to_string(), record.code.to_string())
    });
    records.collect()
}

#[tokio::test]
async fn a_pair_is_left_alone_until_it_has_rested() {
    let server = Server::start().await;
    let mut sender = Practice::new(&server.url, A);
    let clock = Arc::new(Hands(std::sync::Mutex::new(Timestamp::now())));
    sender.clock = clock.clone();
    sender.config.options.settle_seconds = 30.0;
    sender.config.options.lone_control_file_seconds = 60.0;
    sender.put("whole", b"data", &sender.control(B).write());
    sender.put("lone", b"data", &sender.control(B).write());
    std::fs::remove_file(sender.path("OUT/lone.dat")).unwrap();
    let agent = sender.agent();
    let start = Timestamp::now();
    for (seconds, sent, failed) in [(20, 0, 0), (45, 1, 0), (50, 0, 0), (90, 0, 1)] {
        clock.set(start + SignedDuration::from_secs(seconds));
        let cycle = agent.run_once().await.unwrap();
        assert_eq!((cycle.sent, cycle.failed), (sent, failed), "{seconds} s");
    }
    assert_eq!(codes_in(&sender), [("COLLECT".to_owned(), "02".to_owned())]);
}

#[tokio::test]
async fn the_handshake_is_made_once_in_24_hours() {
    let server = Server::start().await;
    let mut practice = Practice::new(&server.url, A);
    let start = Timestamp::now();
    let clock = Arc::new(Hands(std::sync::Mutex::new(start)));
    practice.clock = clock.clone();
    let agent = practice.agent();
    for (hours, handshakes) in [(0, 1), (1, 1), (23, 1), (24, 2), (25, 2), (48, 3)] {
        clock.set(start + SignedDuration::from_hours(hours));
        agent.run_once().await.unwrap();
        assert_eq!(server.asked("POST", A), handshakes, "after {hours} h");
    }
}

#[tokio::test]
async fn what_cannot_be_sent_is_given_up_after_the_configured_hours() {
    let server = Server::start().await;
    let mut sender = Practice::new(&server.url, A);
    let start = Timestamp::now();
    let clock = Arc::new(Hands(std::sync::Mutex::new(start)));
    sender.clock = clock.clone();
    sender.config.mailboxes[0].delay_report = true;
    sender.config.server.tries = 1;
    sender.put("one", b"data", &sender.control(B).write());
    let agent = sender.agent();
    for (hours, delayed, failed) in [(0, 1, 0), (1, 1, 0), (23, 1, 0), (25, 0, 1)] {
        clock.set(start + SignedDuration::from_hours(hours));
        server.fail(Method::POST, "/outbox", Fault::Status(503));
        let cycle = agent.run_once().await.unwrap();
        assert_eq!(
            (cycle.delayed, cycle.failed),
            (delayed, failed),
            "{hours} h"
        );
    }
    let code = |code: &str| ("TRANSFER".to_owned(), code.to_owned());
    assert_eq!(codes_in(&sender), [code("05"), code("06")]);
}

#[tokio::test]
async fn poll_reports_and_unsaved_messages_are_as_configured() {
    let server = Server::start().await;
    let mut sender = Practice::new(&server.url, A);
    sender.config.mailboxes[0].poll_report = true;
    sender.config.mailboxes[0].save_sent = false;
    sender.put("one", b"data", &sender.control(B).write());
    assert_eq!(sender.agent().run_once().await.unwrap().sent, 1);
    assert!(names(&sender.path("SENT")).is_empty() && names(&sender.path("OUT")).is_empty());
    let codes = codes_in(&sender);
    assert_eq!(codes, [("RECEIVE".to_owned(), "00".to_owned())]);
}

#[tokio::test]
async fn a_report_becomes_a_control_file_only() {
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    let at = mesh::status::parse_time("20260114093013").unwrap();
    let record = mesh::status::DEMOGRAPHICS_DIFFER.record(at);
    server.deliver(A, &[b""], Some(record));
    let cycle = practice.agent().run_once().await.unwrap();
    assert_eq!(
        (cycle.received, cycle.reports, cycle.acknowledged),
        (0, 1, 1)
    );
    assert_eq!(names(&practice.path("IN")), ["ID0000.ctl"]);
    let code = ("SEND".to_owned(), "EPL-154".to_owned());
    assert_eq!(codes_in(&practice), [code]);
}

#[tokio::test]
async fn an_inbox_longer_than_one_listing_is_emptied_in_one_poll() {
    let server = Server::start().await;
    let mut practice = Practice::new(&server.url, A);
    practice.config.options.max_messages = 10;
    for _ in 0..35 {
        server.deliver(A, &[b"x"], None);
    }
    // One that cannot be fetched now does not hold up the others.
    server.fail(Method::GET, "/inbox/ID0003", Fault::Status(410));
    let cycle = practice.agent().run_once().await.unwrap();
    assert_eq!((cycle.received, cycle.acknowledged), (34, 34));
    assert!(server.asked("GET", "/inbox") <= 6);
    assert_eq!(practice.agent().run_once().await.unwrap().received, 1);
}

#[tokio::test]
async fn a_half_received_message_goes_on_at_the_missing_chunk() {
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    server.deliver(A, &[b"one ", b"two ", b"three"], None);
    server.fail(Method::GET, "/inbox/ID0000/3", Fault::Status(500));
    assert_eq!(practice.agent().run_once().await.unwrap().received, 0);
    assert_eq!(practice.agent().run_once().await.unwrap().received, 1);
    let data = std::fs::read(practice.path("IN/ID0000.dat")).unwrap();
    assert_eq!(data, b"one two three");
    assert_eq!(server.asked("GET", "/inbox/ID0000"), 1);
    assert_eq!(server.asked("GET", "/inbox/ID0000/2"), 1);
}

#[tokio::test]
async fn a_refused_login_stops_one_mailbox_and_is_told_once() {
    let server = Server::start().await;
    let mut practice = Practice::new(&server.url, A);
    let other = tempfile::tempdir().unwrap();
    let id = MailboxId::parse(B).unwrap();
    let second = MailboxConfig::new(id, "password", other.path().to_owned());
    practice.config.mailboxes.push(second);
    server.deliver(B, &[b"x"], None);
    // Ninety minutes behind: the words say so beside the refusal.
    let ahead = Timestamp::now() + SignedDuration::from_mins(90);
    let date = ahead.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    server.mail.lock().unwrap().date = Some(date);
    for _ in 0..4 {
        server.fail(Method::POST, A, Fault::Status(403));
    }
    let agent = practice.agent();
    for _ in 0..2 {
        let refused = agent.run_once().await.unwrap_err();
        assert_eq!(refused.status(), Some(403));
    }
    assert_eq!(
        names(&other.path().join("IN")),
        ["ID0000.ctl", "ID0000.dat"]
    );
    let codes = codes_in(&practice);
    assert_eq!(codes, [("TRANSFER".to_owned(), "04".to_owned())]);
    let status = agent.status();
    let refused = status.iter().find(|status| status.mailbox == A).unwrap();
    let trouble = refused.trouble.as_ref().unwrap();
    assert!(trouble.words.contains("clock is 9") || trouble.words.contains("clock is 89"));
    assert!(
        trouble.words.contains("minutes behind"),
        "{}",
        trouble.words
    );
    assert!(
        status
            .iter()
            .any(|status| status.mailbox == B && status.trouble.is_none())
    );
}

#[tokio::test]
async fn small_messages_pass_a_large_one_and_keep_their_order() {
    let server = Server::start().await;
    let mut sender = Practice::new(&server.url, A);
    sender.config.options.request_limit = 10_000;
    sender.config.options.chunk_size = 10_000;
    sender.config.options.stop_seconds = 0.0;
    let mut control = sender.control(B);
    control.allow_chunking = Some(true);
    sender.put("0-large", &noise(25_000), &control.write());
    for n in 1..=20 {
        let name = format!("small-{n:02}");
        sender.put(&name, name.as_bytes(), &control.write());
    }
    // Whichever id the large one gets: small ones may be sent before its first chunk.
    server.fail(Method::POST, "/2", Fault::Hang);
    let running = Running::start(&sender);
    until(|| sender.events().iter().filter(|event| sent(event)).count() == 20).await;
    let transfers = running.agent.status()[0].transfers.clone();
    assert_eq!(transfers.len(), 1, "the large one is still under way");
    assert_eq!(
        (transfers[0].chunks, transfers[0].total_bytes),
        (3, Some(25_000))
    );
    running.stop().await;
    let mail = server.mail.lock().unwrap();
    let small = mail.messages.iter().filter(|message| message.total == 1);
    let order: Vec<_> = small
        .map(|message| String::from_utf8(message.chunks[0].to_vec()).unwrap())
        .collect();
    assert!(order.is_sorted(), "{order:?}");
}

#[tokio::test]
async fn told_to_stop_in_the_middle_of_a_chunk_it_resumes_at_the_next_start() {
    let server = Server::start().await;
    let mut sender = Practice::new(&server.url, A);
    sender.config.options.request_limit = 10_000;
    sender.config.options.chunk_size = 10_000;
    sender.config.options.stop_seconds = 0.05;
    let mut control = sender.control(B);
    control.allow_chunking = Some(true);
    let data = noise(35_000);
    sender.put("one", &data, &control.write());
    server.fail(Method::POST, "/outbox/ID0000/3", Fault::Hang);
    let running = Running::start(&sender);
    until(|| server.mail.lock().unwrap().hanging == 1).await;
    running.stop().await;
    let found = inspect(&sender.config.mailboxes[0], Timestamp::now()).unwrap();
    assert!(!found.is_served && found.agent.as_ref().unwrap().stopped);
    assert_eq!(found.waiting_to_be_tried_again[0].chunks, Some((2, 4)));
    assert_eq!(sender.agent().run_once().await.unwrap().sent, 1);
    let mail = server.mail.lock().unwrap();
    assert_eq!(mail.messages.len(), 1);
    assert!(mail.messages[0].chunks.concat() == data);
}

#[tokio::test]
async fn mailboxes_come_change_and_go_while_others_transfer() {
    let server = Server::start().await;
    let mut practice = Practice::new(&server.url, A);
    practice.config.options.request_limit = 10_000;
    practice.config.options.chunk_size = 10_000;
    practice.config.options.stop_seconds = 30.0;
    let mut control = practice.control(B);
    control.allow_chunking = Some(true);
    practice.put("long", &noise(25_000), &control.write());
    server.fail(Method::POST, "/outbox/ID0000/2", Fault::Hang);
    let running = Running::start(&practice);
    until(|| server.mail.lock().unwrap().hanging == 1).await;

    let other = tempfile::tempdir().unwrap();
    let id = MailboxId::parse(B).unwrap();
    let mut changed = practice.config.clone();
    let second = MailboxConfig::new(id, "password", other.path().to_owned());
    changed.mailboxes.push(second);
    running.agent.reload(changed.clone()).unwrap();
    server.deliver(B, &[b"first"], None);
    until(|| names(&other.path().join("IN")).len() == 2).await;
    assert_eq!(running.agent.status().len(), 2);
    assert_eq!(server.mail.lock().unwrap().hanging, 1);
    assert_eq!(running.agent.status()[1].transfers.len(), 1, "undisturbed");

    let moved = tempfile::tempdir().unwrap();
    changed.mailboxes[1].directory = moved.path().to_owned();
    running.agent.reload(changed.clone()).unwrap();
    until(|| moved.path().join("OUT").is_dir()).await;
    server.deliver(B, &[b"second"], None);
    until(|| names(&moved.path().join("IN")).len() == 2).await;

    let mut wrong = changed.clone();
    wrong.server.url = "nonsense".to_owned();
    assert!(running.agent.reload(wrong).is_err());
    changed.mailboxes.pop();
    running.agent.reload(changed).unwrap();
    until(|| running.agent.status().len() == 1).await;
    assert_eq!(running.agent.status()[0].transfers.len(), 1, "undisturbed");
    running.task.abort();
}

#[tokio::test]
async fn a_changed_mailbox_ends_its_request_before_it_changes() {
    let server = Server::start().await;
    let mut practice = Practice::new(&server.url, A);
    practice.config.options.request_limit = 10_000;
    practice.config.options.chunk_size = 10_000;
    practice.config.options.stop_seconds = 0.0;
    let mut control = practice.control(B);
    control.allow_chunking = Some(true);
    let data = noise(25_000);
    practice.put("long", &data, &control.write());
    server.fail(Method::POST, "/outbox/ID0000/2", Fault::Hold);
    let running = Running::start(&practice);
    until(|| server.mail.lock().unwrap().hanging == 1).await;
    let mut changed = practice.config.clone();
    changed.mailboxes[0].save_sent = false;
    running.agent.reload(changed).unwrap();
    server.gate.notify_one();
    practice.wait_for(sent).await;
    running.stop().await;
    assert!(
        names(&practice.path("SENT")).is_empty(),
        "the change counts"
    );
    assert_eq!(server.asked("POST", "/outbox/ID0000/2"), 1);
    let mail = server.mail.lock().unwrap();
    assert!(mail.messages[0].chunks.concat() == data);
}

#[tokio::test]
async fn the_status_tells_what_waits_and_what_failed_and_why() {
    let server = Server::start().await;
    let mut sender = Practice::new(&server.url, A);
    sender.config.server.tries = 1;
    let mut wrong = sender.control(B);
    wrong.workflow_id = None;
    sender.put("refused", b"data", &wrong.write());
    sender.put("waiting", b"data", &sender.control(B).write());
    server.fail(Method::POST, "/outbox", Fault::Status(503));
    server.deliver(A, &[b"x"], None);
    let cycle = sender.agent().run_once().await.unwrap();
    assert_eq!((cycle.failed, cycle.delayed, cycle.received), (1, 1, 1));
    sender.put("new", b"data", &sender.control(B).write());
    let found = inspect(&sender.config.mailboxes[0], Timestamp::now()).unwrap();
    assert_eq!((found.waiting_in_out.count, found.failed), (1, 1));
    // A message and the report of the failure.
    assert_eq!(found.waiting_in_in.count, 2);
    let again = &found.waiting_to_be_tried_again[0];
    assert_eq!((again.name.as_str(), again.in_doubt), ("waiting", false));
    assert!(again.why.as_deref().unwrap().contains("503"));
    let failed = &found.newest_failed[0];
    assert_eq!(
        (failed.name.as_str(), failed.code.as_str()),
        ("refused", "06")
    );
    let agent = found.agent.unwrap();
    assert!(agent.last_contact.is_some() && agent.trouble.is_none());
    assert_eq!((agent.sent, agent.failed, agent.received), (0, 1, 1));
}

/// A name in use is waited for, so that no two transfers are taken for each other.
#[tokio::test]
async fn a_pair_of_a_name_under_way_waits_its_turn() {
    let server = Server::start().await;
    let mut sender = Practice::new(&server.url, A);
    sender.config.server.tries = 1;
    sender.config.options.poll_seconds = 0.05;
    sender.put("same", b"first", &sender.control(B).write());
    server.fail(Method::POST, "/outbox", Fault::Status(503));
    let agent = sender.agent();
    assert_eq!(agent.run_once().await.unwrap().delayed, 1);
    sender.put("same", b"second", &sender.control(B).write());
    drop(agent);
    let running = Running::start(&sender);
    until(|| names(&sender.path("SENT")).len() == 4).await;
    running.stop().await;
    let first = std::fs::read(sender.path("SENT/same.dat")).unwrap();
    assert_eq!(first, b"first");
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn many_pairs_written_while_it_sends_go_once_each() {
    let server = Server::start().await;
    let mut sender = Practice::new(&server.url, A);
    sender.config.mailboxes[0].save_sent = false;
    let control = sender.control(B).write();
    let running = Running::start(&sender);
    let number = 100;
    for n in 0..number {
        let name = format!("{n:05}");
        sender.put(&name, name.as_bytes(), &control);
    }
    until(|| sender.events().iter().filter(|event| sent(event)).count() == number).await;
    running.stop().await;
    assert!(names(&sender.path("OUT")).is_empty());
    let mail = server.mail.lock().unwrap();
    let mut bodies: Vec<_> = mail
        .messages
        .iter()
        .map(|it| it.chunks[0].clone())
        .collect();
    bodies.sort();
    bodies.dedup();
    assert_eq!((bodies.len(), mail.messages.len()), (number, number));
}

#[tokio::test]
async fn mailboxes_take_turns() {
    let server = Server::start().await;
    let (first, second) = (Practice::new(&server.url, A), Practice::new(&server.url, B));
    let mut both = first.config.clone();
    both.options.max_transfers = 1;
    both.mailboxes.extend(second.config.mailboxes.clone());
    let number = 20;
    for n in 0..number {
        let name = format!("{n:02}");
        first.put(&name, b"from A", &first.control("X1").write());
        second.put(&name, b"from B", &second.control("X1").write());
    }
    let practice = Practice {
        config: both,
        ..first
    };
    assert_eq!(practice.agent().run_once().await.unwrap().sent, 2 * number);
    let mail = server.mail.lock().unwrap();
    let bodies: Vec<_> = mail
        .messages
        .iter()
        .map(|it| it.chunks[0].clone())
        .collect();
    let half_time = bodies.iter().take(number);
    let of_a = half_time.filter(|body| *body == &b"from A"[..]).count();
    assert!(
        (number / 4..=3 * number / 4).contains(&of_a),
        "{of_a} of {number}"
    );
}
