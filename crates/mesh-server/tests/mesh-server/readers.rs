//! Downloads that nobody reads take nothing that others need.

use std::time::Duration;

use exchange::Settings;
use https_listener::ListenerConfig;
use mesh_server::Options;
use reqwest::{Client, Method, Response};
use tokio::task::JoinSet;

use crate::kit::certificates::{Certificates, any_port};
use crate::kit::{self, Api, V2, token};

/// More than the connection, the kernel and HTTP/2 take by themselves.
const LARGE: usize = 12 * 1024 * 1024;

async fn download(api: &Api, client: &Client, mailbox: &str, id: &str) -> Response {
    let url = format!("{}/messageexchange/{mailbox}/inbox/{id}", api.url);
    let request = client.get(url).header("accept", V2);
    let request = request.header("authorization", token(mailbox));
    request.send().await.unwrap()
}

/// Sends of another mailbox, its download, and files of the process.
async fn others_go_on(api: &Api, id: &str) {
    for length in [LARGE, 40 * 1024, 10] {
        let body = vec![b'y'; length];
        let sent = api.sending("X26ABC3", "X26ABC2").body(body).send();
        assert_eq!(sent.await.unwrap().status(), 202, "{length} bytes");
    }
    let answer = download(api, &api.http, "X26ABC1", id).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.bytes().await.unwrap().len(), LARGE);
}

/// Downloads of X26ABC2 of which nothing but the heads is read: all answers there are.
async fn stall(api: &Api, clients: &[Client], id: &str, each: usize) -> Vec<Response> {
    let mut asked = JoinSet::new();
    for client in clients {
        // over HTTP/2 one connection for all of them
        let url = format!("{}/messageexchange/X26ABC2/count", api.url);
        let first = client.get(url).header("authorization", token("X26ABC2"));
        first.send().await.unwrap().bytes().await.unwrap();
        for _ in 0..each {
            let url = format!("{}/messageexchange/X26ABC2/inbox/{id}", api.url);
            let request = client.get(url).header("accept", V2);
            asked.spawn(request.header("authorization", token("X26ABC2")).send());
        }
    }
    let answers = asked.join_all().await;
    answers.into_iter().map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_mailbox_s_share_of_memory_comes_back_when_its_still_readers_are_cut_off() {
    let options = Options {
        download_memory_bytes: 4 * 768 * 1024,
        download_memory_bytes_per_mailbox: 2 * 768 * 1024,
        ..Options::default()
    };
    let mut listener = ListenerConfig::plain(any_port());
    // long enough for all that comes before the third download, on a busy machine too
    listener.slow_reader_seconds = 10;
    let settings = Settings {
        require_certificate: false,
        ..Settings::default()
    };
    _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::new();
    let api = Api::start_on(listener, settings, options, client).await;
    let body = vec![b'x'; LARGE];
    let id = api.send("X26ABC1", "X26ABC2", body.clone()).await;
    let back = api.request(Method::POST, "X26ABC3", "/outbox").body(body);
    let back = back.header("mex-to", "X26ABC1");
    let back = back.header("mex-workflowid", "TEST_WORKFLOW2");
    let back = kit::json(back.send().await.unwrap()).await;
    let back = back["message_id"].as_str().unwrap();
    let stalled = stall(&api, &[Client::new()], &id, 2).await;
    others_go_on(&api, back).await;
    // the share is taken: this one waits, and asks again, until the still readers are cut off
    let reader = Client::new();
    let third = async {
        loop {
            let third = download(&api, &reader, "X26ABC2", &id).await;
            if third.status() != 503 {
                return third;
            }
        }
    };
    let health = format!("{}/health", api.serve_operations().await);
    let told = async {
        loop {
            let health = api.http.get(&health).send().await.unwrap();
            let words = health.text().await.unwrap();
            if words.contains("answers wait for memory") {
                return words;
            }
        }
    };
    // what is never told is no reason to ask for ever
    let told = async {
        let told = tokio::time::timeout(Duration::from_secs(60), told).await;
        told.expect("no answer waited for memory")
    };
    let (third, told) = tokio::join!(third, told);
    assert!(told.starts_with("1 answers wait"), "{told}");
    assert_eq!(third.status(), 200);
    let mut cut_off = 0;
    for answer in stalled {
        cut_off += usize::from(answer.bytes().await.is_err());
    }
    assert!(cut_off > 0);
    assert_eq!(third.bytes().await.unwrap().len(), LARGE);
    api.stop().await;
}

#[cfg(target_os = "linux")]
#[test]
fn hundreds_of_downloads_that_stand_still_leave_descriptors_for_others() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let test = "readers::hundreds_of_downloads_that_stand_still_leave_descriptors_for_others";
    kit::alone(test, async {
        let limit = Some(512);
        let limit = Rlimit {
            current: limit,
            maximum: limit,
        };
        setrlimit(Resource::Nofile, limit).unwrap();
        let certificates = Certificates::new();
        let reader = certificates.client("X26");
        let other = certificates.client("X27");
        let client = |certificate| certificates.http_client(Some(certificate));
        let api = Api::start_on(
            ListenerConfig::tls(any_port(), certificates.tls()),
            Settings::default(),
            Options::default(),
            client(&reader),
        )
        .await;
        let body = vec![b'x'; LARGE];
        let id = api.send("X26ABC1", "X26ABC2", body).await;
        // sixteen streams of HTTP/2 a connection: 512 downloads
        let clients: Vec<_> = (0..32).map(|_| client(&reader)).collect();
        let answers = stall(&api, &clients, &id, 16).await;
        let (stalled, refused): (Vec<_>, Vec<_>) = answers
            .into_iter()
            .partition(|answer| answer.status() == 200);
        assert!((40..=42).contains(&stalled.len()), "{}", stalled.len());
        for answer in refused {
            assert_eq!(answer.status(), 503);
            assert!(answer.headers().contains_key("retry-after"));
        }
        let sender = client(&other);
        for length in [LARGE, 40 * 1024] {
            let url = format!("{}/messageexchange/X26ABC3/outbox", api.url);
            let request = sender.post(url).header("authorization", token("X26ABC3"));
            let request = request.header("mex-to", "X26ABC2").header("accept", V2);
            let request = request.header("mex-workflowid", "TEST_WORKFLOW");
            let sent = request.body(vec![b'y'; length]).send().await.unwrap();
            assert_eq!(sent.status(), 202, "{length} bytes");
        }
        let files: Vec<_> = (0..100).map(|_| std::fs::File::open("/dev/null")).collect();
        assert!(files.iter().all(Result::is_ok));
        // the process ends with all that stands still
    });
}
