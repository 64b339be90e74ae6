//! Somebody who is shown every request: what they see, and what requests lose by it.

use std::sync::Arc;

use ::exchange::{Refusal, Settings};
use axum::Router;
use https_listener::{ListenerConfig, Server};
use mesh_server::{MOST_KEPT_OF_A_BODY, Options, RequestWatcher, WatchedRequest};
use parking_lot::Mutex;
use reqwest::{Client, StatusCode};
use tokio_util::sync::CancellationToken;

use crate::kit::exchange;

#[derive(Default)]
struct Seen(Mutex<Vec<WatchedRequest>>);

impl RequestWatcher for Seen {
    fn answered(&self, request: WatchedRequest) {
        self.0.lock().push(request);
    }
}

struct World {
    url: String,
    http: Client,
    seen: Arc<Seen>,
    shutdown: CancellationToken,
    _dir: tempfile::TempDir,
}

async fn world(settings: Settings) -> World {
    _ = rustls::crypto::ring::default_provider().install_default();
    let dir = tempfile::tempdir().unwrap();
    let seen = Arc::new(Seen::default());
    let exchange = exchange::open(dir.path(), settings).await;
    let router: Router =
        mesh_server::watched_router(exchange, Options::default(), Arc::clone(&seen) as _);
    let address = ([127, 0, 0, 1], 0).into();
    let server = Server::bind(ListenerConfig::plain(address)).await.unwrap();
    let url = format!("http://{}", server.local_addr());
    let shutdown = CancellationToken::new();
    tokio::spawn(server.run(router, shutdown.clone()));
    World {
        url,
        http: Client::new(),
        seen,
        shutdown,
        _dir: dir,
    }
}

impl World {
    async fn send(&self, token: String, body: Vec<u8>) -> reqwest::Response {
        self.http
            .post(format!("{}/messageexchange/X26ABC1/outbox", self.url))
            .header("authorization", token)
            .header("mex-to", "X26ABC2")
            .header("mex-workflowid", "TEST_WORKFLOW")
            .header("user-agent", "a client")
            .body(body)
            .send()
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_refused_request_is_shown_with_its_true_reason_and_the_body_it_had() {
    let settings = Settings {
        require_certificate: false,
        ..Settings::default()
    };
    let world = world(settings).await;
    let wrong = crate::kit::signed("X26ABC1", "another password", 1);
    let body = vec![b'a'; MOST_KEPT_OF_A_BODY + 5];
    let answer = world.send(wrong, body).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let told = answer.text().await.unwrap();
    assert!(!told.contains("hash"), "an outsider learns nothing: {told}");
    let seen = world.seen.0.lock();
    let [request] = seen.as_slice() else {
        panic!("{} requests", seen.len());
    };
    assert_eq!(request.refusal, Some(Refusal::WrongHash));
    assert_eq!(request.status, StatusCode::FORBIDDEN);
    assert_eq!(request.mailbox.as_deref(), Some("X26ABC1"));
    assert_eq!(request.headers["user-agent"], "a client");
    assert!(request.peer.starts_with("127.0.0.1:"), "{}", request.peer);
    assert_eq!(request.answer, told);
    assert_eq!(request.body.len(), MOST_KEPT_OF_A_BODY);
    world.shutdown.cancel();
}

#[tokio::test]
async fn an_accepted_message_is_shown_without_its_body_and_arrives_whole() {
    let world = world(Settings::sandbox()).await;
    let good = crate::kit::signed("X26ABC1", "password", 1);
    let answer = world.send(good, b"a letter".to_vec()).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let told = answer.text().await.unwrap();
    {
        let seen = world.seen.0.lock();
        let request = seen.first().unwrap();
        assert_eq!(request.refusal, None);
        assert_eq!(request.answer, told, "the id is told to both");
        assert_eq!((request.body.len(), request.body_bytes), (0, 8));
    }
    let id: serde_json::Value = serde_json::from_str(&told).unwrap();
    let id = id["messageID"].as_str().unwrap();
    let inbox = format!("{}/messageexchange/X26ABC2/inbox/{id}", world.url);
    let token = crate::kit::signed("X26ABC2", "password", 2);
    let collected = world.http.get(inbox).header("authorization", token);
    let collected = collected.send().await.unwrap();
    assert_eq!(collected.bytes().await.unwrap(), "a letter");
    let seen = world.seen.0.lock();
    let last = seen.last().unwrap();
    assert_eq!(last.status, StatusCode::OK);
    assert!(last.answer.is_empty(), "what was collected is not copied");
    world.shutdown.cancel();
}

#[tokio::test]
async fn an_address_of_nothing_is_shown_too() {
    let world = world(Settings::sandbox()).await;
    let answer = world.http.get(format!("{}/outbox", world.url)).send();
    assert_eq!(answer.await.unwrap().status(), StatusCode::NOT_FOUND);
    let seen = world.seen.0.lock();
    let request = seen.first().unwrap();
    assert_eq!(request.uri.path(), "/outbox");
    assert_eq!(request.mailbox, None);
    world.shutdown.cancel();
}
