//! Many messages at once: their order, what is in doubt after a stop, and what goes side by side.

use crate::kit::server::{Fault, Server};
use crate::kit::{Practice, names, until};
use axum::http::Method;
use std::path::PathBuf;

const A: &str = "A81001OT001";
const B: &str = "A20047OT001";

/// Puts so many pairs into OUT, and returns their local ids in the order of their names.
fn put_many(sender: &Practice, count: usize) -> Vec<String> {
    let ids = (0..count).map(|n| format!("local-{n:03}"));
    let ids: Vec<_> = ids.collect();
    for id in &ids {
        let mut control = sender.control(B);
        control.local_id = Some(id.clone());
        sender.put(id, id.as_bytes(), &control.write());
    }
    ids
}

fn arrived(server: &Server) -> Vec<String> {
    let mail = server.mail.lock().unwrap();
    let messages = mail.messages.iter();
    messages
        .filter_map(|message| message.headers.local_id.as_deref().map(str::to_owned))
        .collect()
}

/// Puts messages into the inbox of A, and returns their ids.
fn deliver_many<'a>(server: &Server, bodies: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    let deliver = |body: &[u8]| {
        let number = server.count();
        server.deliver(A, &[body], None);
        format!("ID{number:04}")
    };
    bodies.into_iter().map(deliver).collect()
}

fn requests(server: &Server, method: &str, part: &str) -> usize {
    let mail = server.mail.lock().unwrap();
    let fits = |line: &&String| line.starts_with(method) && line.contains(part);
    mail.requests.iter().filter(fits).count()
}

#[tokio::test]
async fn pairs_claimed_ahead_keep_their_order_over_a_restart_and_are_not_in_doubt() {
    let server = Server::start().await;
    let sender = Practice::new(&server.url, A);
    let ids = put_many(&sender, 40);
    server.fail(Method::POST, "/outbox", Fault::Status(403));
    let agent = sender.agent();
    agent.run_once().await.unwrap_err();
    drop(agent);
    assert!(
        names(&sender.path("TEMP"))
            .iter()
            .any(|name| name.starts_with("out-"))
    );
    assert_eq!(sender.agent().run_once().await.unwrap().sent, 40);
    assert_eq!(arrived(&server), ids);
    // Only of the one that was begun, where the system says that it is still the same boot.
    if cfg!(target_os = "linux") {
        assert_eq!(requests(&server, "GET", "/tracking"), 1);
    }
}

/// The claims in TEMP.
fn claims(practice: &Practice) -> Vec<PathBuf> {
    let temp = practice.path("TEMP");
    let names = names(&temp).into_iter();
    let claims = names.filter(|name| name.starts_with("out-"));
    claims.map(|name| temp.join(name)).collect()
}

/// A power cut takes what was noted of messages since the claims were put on disk: these say again that nothing was
/// begun, or say nothing.
#[tokio::test]
async fn messages_that_were_sent_just_before_a_power_cut_are_asked_about() {
    let server = Server::start().await;
    let mut sender = Practice::new(&server.url, A);
    sender.config.server.tries = 1;
    let ids = put_many(&sender, 6);
    server.fail(Method::POST, "/outbox", Fault::Status(403));
    sender.agent().run_once().await.unwrap_err();
    let on_disk = claims(&sender).into_iter().map(|claim| {
        let files = names(&claim).into_iter();
        let files = files.map(|name| (name.clone(), std::fs::read(claim.join(name)).unwrap()));
        (claim.clone(), files.collect::<Vec<_>>())
    });
    let on_disk: Vec<_> = on_disk.collect();
    assert_eq!(sender.agent().run_once().await.unwrap().sent, 6);
    assert_eq!(arrived(&server), ids);

    // Some of what was noted of them all may be on disk: the first half.
    let log = std::fs::read_to_string(sender.path("TEMP/sent.log")).unwrap();
    let first: Vec<_> = log.split_inclusive('\n').take(3).collect();
    std::fs::write(sender.path("TEMP/sent.log"), first.concat()).unwrap();
    for (number, (claim, files)) in on_disk.iter().enumerate() {
        std::fs::create_dir(claim).unwrap();
        for (name, bytes) in files {
            std::fs::write(claim.join(name), bytes).unwrap();
        }
        let path = claim.join("restante-attempt");
        let noted = std::fs::read(&path).unwrap();
        let mut noted: serde_json::Value = serde_json::from_slice(&noted).unwrap();
        noted["begun"] = false.into();
        noted["in_doubt"] = false.into();
        match number % 3 {
            0 => noted["boot"] = "another".into(),
            1 => noted["boot"] = serde_json::Value::Null,
            _ => {
                std::fs::remove_file(path).unwrap();
                continue;
            }
        }
        std::fs::write(path, noted.to_string()).unwrap();
    }
    // The server cannot say at once, and what is in doubt stays so.
    for path in [
        "/tracking/local-000",
        "/tracking/local-001",
        "/tracking/local-002",
    ] {
        server.fail(Method::GET, path, Fault::Status(503));
    }
    let agent = sender.agent();
    let cycle = agent.run_once().await.unwrap();
    assert_eq!((cycle.sent, cycle.delayed), (3, 3));
    assert_eq!(agent.run_once().await.unwrap().sent, 3);
    assert_eq!(arrived(&server), ids);
}

#[tokio::test]
async fn one_message_after_the_other_is_sent_unless_the_mailbox_says_otherwise() {
    for (at_once, beside) in [(1, 0), (4, 9)] {
        let server = Server::start().await;
        let mut sender = Practice::new(&server.url, A);
        sender.config.mailboxes[0].messages_at_once = at_once;
        put_many(&sender, 10);
        server.fail(Method::POST, "/outbox", Fault::Hold);
        let agent = sender.agent();
        let (cycle, ()) = tokio::join!(agent.run_once(), async {
            until(|| server.mail.lock().unwrap().hanging == 1).await;
            until(|| server.count() >= beside).await;
            assert_eq!(server.count(), beside);
            server.gate.notify_one();
        });
        assert_eq!(cycle.unwrap().sent, 10);
    }
}

#[tokio::test]
async fn further_messages_are_downloaded_while_one_is_acknowledged() {
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    for _ in 0..10 {
        server.deliver(A, &[b"x"], None);
    }
    server.fail(Method::PUT, "/acknowledged", Fault::Hold);
    let agent = practice.agent();
    let (cycle, ()) = tokio::join!(agent.run_once(), async {
        until(|| requests(&server, "GET", "/inbox/ID") == 10).await;
        server.gate.notify_one();
    });
    let cycle = cycle.unwrap();
    assert_eq!((cycle.received, cycle.acknowledged), (10, 10));
}

/// The ids in the journal, in the order in which they were published.
fn published(practice: &Practice) -> Vec<String> {
    let log = std::fs::read_to_string(practice.path("TEMP/published.log")).unwrap();
    let ids = log.lines().filter_map(|line| line.split(' ').nth(1));
    ids.map(str::to_owned).collect()
}

#[tokio::test]
async fn eight_messages_are_downloaded_at_once_and_published_in_the_order_of_the_inbox() {
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    let ids = deliver_many(&server, [&b"x"[..]; 12]);
    server.fail(Method::GET, "/inbox/ID0000", Fault::Hold);
    let agent = practice.agent();
    let (cycle, ()) = tokio::join!(agent.run_once(), async {
        // The first, which is held, is counted when it is answered.
        until(|| requests(&server, "GET", "/inbox/ID") == 7).await;
        assert_eq!(server.mail.lock().unwrap().hanging, 1);
        assert!(names(&practice.path("IN")).is_empty());
        server.gate.notify_one();
    });
    assert_eq!(cycle.unwrap().received, 12);
    assert_eq!(published(&practice), ids);
}

#[tokio::test]
async fn a_message_that_is_given_up_does_not_hold_up_the_others() {
    let server = Server::start().await;
    let mut practice = Practice::new(&server.url, A);
    practice.config.options.message_limit = 100;
    deliver_many(&server, [&[b'x'; 200][..], b"one", b"two"]);
    server.fail(Method::HEAD, "/ID0000", Fault::Hold);
    let agent = practice.agent();
    let (cycle, ()) = tokio::join!(agent.run_once(), async {
        until(|| requests(&server, "PUT", "/status/acknowledged") == 2).await;
        server.gate.notify_one();
    });
    assert_eq!(cycle.unwrap().acknowledged, 2);
    assert_eq!(published(&practice), ["ID0001", "ID0002"]);
}

#[tokio::test]
async fn large_messages_among_small_ones_come_one_after_the_other_and_in_order() {
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    let large: Vec<_> = (0..400_000u32).map(|n| (n % 251) as u8).collect();
    let bodies = (0..12).map(|n| if n % 3 == 2 { &b"small"[..] } else { &large });
    let bodies: Vec<_> = bodies.collect();
    let ids = deliver_many(&server, bodies.iter().copied());
    let agent = practice.agent();
    let cycle = agent.run_once().await.unwrap();
    assert_eq!((cycle.received, cycle.acknowledged), (12, 12));
    assert_eq!(published(&practice), ids);
    for (id, body) in ids.iter().zip(bodies) {
        let came = std::fs::read(practice.path(&format!("IN/{id}.dat"))).unwrap();
        assert!(came == body, "{id}");
    }
}

/// A burst uses directories in TEMP again: what was in them must not come back.
#[tokio::test]
async fn each_message_of_a_long_burst_arrives_once_and_leaves_nothing_behind() {
    const MANY: usize = 250;
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    let ids = put_many(&practice, MANY);
    let bodies: Vec<_> = (0..MANY).map(|n| n.to_string()).collect();
    let waiting = deliver_many(&server, bodies.iter().map(String::as_bytes));
    let agent = practice.agent();
    let cycle = agent.run_once().await.unwrap();
    assert_eq!((cycle.sent, cycle.received), (MANY, MANY));
    drop(agent);
    let sent = arrived(&server);
    assert_eq!(sent, ids);
    for (number, id) in ids.iter().enumerate() {
        let data = std::fs::read(practice.path(&format!("SENT/{id}.dat"))).unwrap();
        assert_eq!(data, id.as_bytes());
        let received = waiting.get(number).unwrap();
        let data = std::fs::read(practice.path(&format!("IN/{received}.dat"))).unwrap();
        assert_eq!(data, number.to_string().as_bytes());
    }
    assert_eq!(published(&practice), waiting);
    let left = names(&practice.path("TEMP"));
    let is_own = |name: &String| name.ends_with(".log") || name.starts_with("restante");
    assert!(left.iter().all(is_own), "{left:?}");
}

/// Files of a group are on disk in any order until all of them are.
#[tokio::test]
async fn what_a_power_cut_left_unreadable_in_temp_is_made_anew() {
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    let claim = practice.path("TEMP/out-1795804200000-64bb2ea3-47d8-4e7f-93c2-fcb9749d56c7");
    std::fs::create_dir_all(&claim).unwrap();
    std::fs::write(claim.join("one.dat"), "the data").unwrap();
    std::fs::write(claim.join("one.ctl"), practice.control(B).write()).unwrap();
    for name in ["restante-plan", "restante-control", "restante-attempt"] {
        std::fs::write(claim.join(name), "").unwrap();
    }
    server.deliver(A, &[b"a message"], None);
    for (id, name) in [("ID0000", ""), ("ID0001", "\0\0\0\0\0\0")] {
        let half = practice.path("TEMP").join(format!("in-{id}"));
        std::fs::create_dir_all(&half).unwrap();
        std::fs::write(half.join("data"), "").unwrap();
        std::fs::write(half.join("control"), "").unwrap();
        std::fs::write(half.join("publish"), name).unwrap();
    }
    let cycle = practice.agent().run_once().await.unwrap();
    assert_eq!((cycle.sent, cycle.received, cycle.acknowledged), (1, 1, 1));
    assert_eq!(names(&practice.path("SENT")), ["one.ctl", "one.dat"]);
    assert_eq!(names(&practice.path("IN")), ["ID0000.ctl", "ID0000.dat"]);
    let data = std::fs::read(practice.path("IN/ID0000.dat")).unwrap();
    assert_eq!(data, b"a message");
    let left = names(&practice.path("TEMP"));
    assert!(
        !left
            .iter()
            .any(|name| name.starts_with("in-") || name.starts_with("out-"))
    );
}

/// A power cut may leave what was in a directory before it was used again.
#[tokio::test]
async fn a_plan_of_another_claim_moves_nothing() {
    let server = Server::start().await;
    let practice = Practice::new(&server.url, A);
    let claims = [
        ("one", r#""claim":"another","target":"Failed""#),
        // As it was written before.
        ("two", r#""target":"Failed""#),
        ("three", r#""claim":"1-three","target":"Failed""#),
    ];
    for (base, plan) in claims {
        let claim = practice
            .path("TEMP/out-1795804200000-1-")
            .display()
            .to_string();
        let claim = PathBuf::from(claim + base);
        std::fs::create_dir_all(&claim).unwrap();
        std::fs::write(claim.join(format!("{base}.dat")), "the data").unwrap();
        let control = practice.control(B).write();
        std::fs::write(claim.join(format!("{base}.ctl")), &control).unwrap();
        std::fs::write(claim.join("restante-control"), control).unwrap();
        let plan = format!(r#"{{{plan},"base":"{base}","report_base":null}}"#);
        std::fs::write(claim.join("restante-plan"), plan).unwrap();
    }
    let cycle = practice.agent().run_once().await.unwrap();
    assert_eq!((cycle.sent, cycle.failed), (1, 0));
    assert_eq!(names(&practice.path("SENT")), ["one.ctl", "one.dat"]);
    let moved = ["three.ctl", "three.dat", "two.ctl", "two.dat"];
    assert_eq!(names(&practice.path("FAILED")), moved);
}
