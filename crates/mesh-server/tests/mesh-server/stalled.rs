//! Uploads that stand still take nothing that others need.

use std::path::Path;

use ::exchange::Settings;
use futures_util::{StreamExt, stream};
use https_listener::ListenerConfig;
use mesh_server::Options;
use reqwest::Client;
#[cfg(target_os = "linux")]
use tokio::io::{AsyncReadExt, AsyncWriteExt};
#[cfg(target_os = "linux")]
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::kit::certificates::{Certificates, ClientCertificate, any_port};
use crate::kit::{self, Api, V2, token};

/// Beyond what lies in the record of a message.
const LARGE: usize = 40 * 1024;

/// Pieces of an upload before it stands still: more than one part of a body.
const PIECES: usize = 30;

/// Begins uploads from X26ABC1 that stand still after their first bytes, some on each connection.
/// Returns when at least sixteen of them are being written.
async fn stall(api: &Api, clients: &[Client], uploads: usize) -> Vec<JoinHandle<()>> {
    let mut stalled = Vec::new();
    for (_, client) in (0..uploads).zip(clients.iter().cycle()) {
        let first = stream::iter((0..PIECES).map(|_| Ok::<_, std::io::Error>(vec![b'x'; LARGE])));
        let request = client
            .post(format!("{}/messageexchange/X26ABC1/outbox", api.url))
            .header("authorization", token("X26ABC1"))
            .header("accept", V2)
            .header("mex-to", "X26ABC2")
            .header("mex-workflowid", "TEST_WORKFLOW")
            .body(reqwest::Body::wrap_stream(first.chain(stream::pending())));
        stalled.push(tokio::spawn(async move {
            let _ = request.send().await;
        }));
    }
    let bodies = api.store().join("bodies");
    while unfinished(&bodies) < 16 {
        tokio::task::yield_now().await;
    }
    stalled
}

/// Bodies of which a part was written.
fn unfinished(directory: &Path) -> usize {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .map(|path| match path.is_dir() {
            true => unfinished(&path),
            false => usize::from(path.to_string_lossy().contains('#')),
        })
        .sum()
}

/// Another mailbox's message of a megabyte, and a small one, are accepted meanwhile.
async fn others_send(api: &Api) {
    for length in [1024 * 1024, LARGE, 10] {
        let sent = api
            .sending("X26ABC3", "X26ABC2")
            .body(vec![b'y'; length])
            .send();
        assert_eq!(sent.await.unwrap().status(), 202, "{length} bytes");
    }
}

async fn over(clients: impl Fn(usize) -> Vec<Client>, api: &Api) {
    for uploads in [16, 100] {
        let stalled = stall(api, &clients(uploads), uploads).await;
        others_send(api).await;
        assert!(!stalled.iter().any(JoinHandle::is_finished), "{uploads}");
        stalled.iter().for_each(JoinHandle::abort);
    }
}

#[tokio::test]
async fn stalled_uploads_of_one_mailbox_stop_no_other_over_http_1() {
    let api = Api::strict().await;
    let client = api.http.clone();
    over(|_| vec![client.clone()], &api).await;
    api.stop().await;
}

#[tokio::test]
async fn stalled_uploads_of_one_mailbox_stop_no_other_over_http_2() {
    let certificates = Certificates::new();
    let sender = certificates.client("X26");
    let other = certificates.client("X27");
    let api = Api::start_on(
        ListenerConfig::tls(any_port(), certificates.tls()),
        Settings::default(),
        Options::default(),
        certificates.http_client(Some(&other)),
    )
    .await;
    // sixteen streams a connection
    let connections = |certificate: &ClientCertificate, uploads: usize| {
        let client = || certificates.http_client(Some(certificate));
        (0..uploads.div_ceil(16))
            .map(|_| client())
            .collect::<Vec<_>>()
    };
    over(|uploads| connections(&sender, uploads), &api).await;
    api.stop().await;
}

/// The rest of an upload that comes too slowly is not waited for, and nothing of it is kept.
#[tokio::test]
async fn an_upload_slower_than_allowed_ends() {
    let options = Options {
        slow_body_seconds: 1,
        ..Options::default()
    };
    let api = Api::start(Settings::sandbox(), options).await;
    let first = stream::iter([Ok::<_, std::io::Error>(vec![b'x'; LARGE])]);
    let slow = api
        .sending("X26ABC1", "X26ABC2")
        .body(reqwest::Body::wrap_stream(first.chain(stream::pending())));
    let answer = slow.send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(api.inbox("X26ABC2").await.is_empty());
    api.stop().await;
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_descriptor_the_answer_is_503_and_the_token_stays_good() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let test = "stalled::without_a_descriptor_the_answer_is_503_and_the_token_stays_good";
    kit::alone(test, async {
        let api = Api::strict().await;
        // a connection that both ends have a descriptor for already
        let address = api.url.strip_prefix("http://").unwrap();
        let mut connection = TcpStream::connect(address).await.unwrap();
        let warm = send_over(&mut connection, &token("X26ABC1")).await;
        assert!(warm.starts_with("HTTP/1.1 202"), "{warm}");
        let limit = Some(512);
        let limit = Rlimit {
            current: limit,
            maximum: limit,
        };
        setrlimit(Resource::Nofile, limit).unwrap();
        let token = token("X26ABC1");
        let files: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
        let answer = send_over(&mut connection, &token).await;
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        assert!(answer.contains("\r\nretry-after: "), "{answer}");
        drop(files);
        let answer = send_over(&mut connection, &token).await;
        assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
        api.stop().await;
    });
}

/// Sends a message that needs a file; the head of the answer.
#[cfg(target_os = "linux")]
async fn send_over(connection: &mut TcpStream, token: &str) -> String {
    let head = format!(
        "POST /messageexchange/X26ABC1/outbox HTTP/1.1\r\nhost: localhost\r\nauthorization: {token}\r\n\
         accept: {V2}\r\nmex-to: X26ABC2\r\nmex-workflowid: TEST_WORKFLOW\r\n\
         content-length: {LARGE}\r\n\r\n"
    );
    let request = [head.as_bytes(), &[b'x'; LARGE]].concat();
    connection.write_all(&request).await.unwrap();
    let mut answer = String::new();
    loop {
        if let Some((head, body)) = answer.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() == length.unwrap().parse::<usize>().unwrap() {
                return answer;
            }
        }
        let mut piece = [0; 1024];
        let read = connection.read(&mut piece).await.unwrap();
        assert_ne!(read, 0, "{answer}");
        answer += std::str::from_utf8(&piece[..read]).unwrap();
    }
}
