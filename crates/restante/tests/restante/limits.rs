//! What a flood leaves in the log of a running server.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

#[cfg(unix)]
use mesh::AuthorizationToken;
#[cfg(unix)]
use nhs::{Clock, MailboxId, SystemClock};

use crate::kit::{Service, restante};

fn answer(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn status(address: &str) -> String {
    let request = "GET /messageexchange/A81001OT001/inbox HTTP/1.1\r\nhost: x\r\n\
                   connection: close\r\n\r\n";
    let answer = answer(address, request);
    answer.split(' ').nth(1).unwrap().to_owned()
}

/// A send of the sandbox's first mailbox: the answer.
#[cfg(unix)]
fn send(address: &str, to: &str, count: u64) -> String {
    let token = AuthorizationToken::sign(
        &MailboxId::parse("X26ABC1").unwrap(),
        &"password".into(),
        &"TestKey".into(),
        "nonce",
        count,
        SystemClock.now(),
    );
    let request = format!(
        "POST /messageexchange/X26ABC1/outbox HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         authorization: {token}\r\nmex-to: {to}\r\nmex-workflowid: TEST_WORKFLOW\r\n\
         content-length: 6\r\n\r\na body"
    );
    answer(address, &request)
}

#[cfg(unix)]
#[test]
fn a_request_leaves_one_line_with_its_message_or_reason_and_a_stop_loses_none() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut service = Service::start(
        restante()
            .args(["server", "--sandbox", "--listen", "127.0.0.1:0"])
            .stderr(log.reopen().unwrap()),
    );
    let refused: Vec<String> = (0..40).map(|_| status(service.address())).collect();
    assert!(refused.iter().all(|status| status == "403"), "{refused:?}");
    let unknown = send(service.address(), "NOBODY", 1);
    assert!(unknown.starts_with("HTTP/1.1 417"), "{unknown}");
    let accepted = send(service.address(), "X26ABC2", 2);
    let (_, id) = accepted.split_once("\"messageID\":\"").expect(&accepted);
    let (id, _) = id.split_once('"').unwrap();
    service.signal("-TERM");
    assert!(service.process().wait().unwrap().success());
    let log = fs::read_to_string(log.path()).unwrap();
    let lines_with = |part: &str| log.lines().filter(|line| line.contains(part)).count();
    assert_eq!(lines_with("caller refused"), 40, "{log}");
    assert_eq!(lines_with("status="), 42, "{log}");
    assert_eq!(lines_with(id), 1, "{log}");
    let unknown = log.lines().find(|line| line.contains("status=417"));
    assert!(
        unknown.unwrap().contains("reason=\"Unregistered to"),
        "{log}"
    );
}

#[test]
fn a_flood_of_refused_calls_leaves_lines_for_the_first_and_one_for_the_rest() {
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("shared.key");
    durable::replace(&key, b"a key of the tests\n", durable::Access::Owner).unwrap();
    let text = "data = \"exchange\"\nshared_key_file = \"shared.key\"\n[listener]\n\
                listen = \"127.0.0.1:0\"\n[exchange]\nrequire_certificate = false\n\
                [api]\nrefused_burst = 3\nrefused_per_minute = 1\n";
    fs::write(directory.path().join("server.toml"), text).unwrap();
    let log = tempfile::NamedTempFile::new().unwrap();
    let service = Service::start(
        restante()
            .args(["server", "--config", "server.toml"])
            .current_dir(directory.path())
            .stderr(log.reopen().unwrap()),
    );
    let seen: Vec<String> = (0..30).map(|_| status(service.address())).collect();
    let (first, rest) = seen.split_at(3);
    assert!(first.iter().all(|status| status == "403"), "{seen:?}");
    assert!(rest.iter().all(|status| status == "429"), "{seen:?}");
    drop(service);
    let log = fs::read_to_string(log.path()).unwrap();
    assert_eq!(log.matches("caller refused").count(), 3, "{log}");
    assert_eq!(log.matches("calls are answered 429").count(), 1, "{log}");
    assert_eq!(log.matches("status=429").count(), 0, "{log}");
    assert_eq!(log.matches("status=403").count(), 3, "{log}");
}
