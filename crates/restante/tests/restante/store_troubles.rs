//! While the object store or PostgreSQL is in trouble callers are asked to send the same again, and /health says which part it
//! is; what lasts is said to last.

use std::path::Path;

#[path = "../../../mail-store/tests/mail-store/scaled_out/proxy.rs"]
mod proxy;

use proxy::{Cut, Proxy};
use reqwest::{Client, Method, Response, StatusCode};

use crate::scaled_out::postgresql::Server;
use crate::scaled_out::s3::Answers;
use crate::scaled_out::{
    Node, RECEIVER, SENDER, Shared, WORKFLOW, accepted, add_both, configure, inbox, start, token,
};

/// A body that is kept in the bucket.
const LARGE: usize = 40_000;

/// Of every send here.
const LOCAL_ID: &str = "letter-1";

/// A request, with the token that it goes out with.
struct Asked {
    method: Method,
    path: String,
    token: String,
    chunks: Option<&'static str>,
    body: Vec<u8>,
}

impl Asked {
    fn of(method: Method, mailbox: &str, path: &str) -> Self {
        Self {
            method,
            path: format!("{mailbox}/{path}"),
            token: token(mailbox),
            chunks: None,
            body: Vec::new(),
        }
    }

    fn sent(bytes: usize, chunks: Option<&'static str>) -> Self {
        Self {
            chunks,
            body: vec![b'a'; bytes],
            ..Self::of(Method::POST, SENDER, "outbox")
        }
    }

    async fn of_node(&self, node: &Node) -> Response {
        let mut request = Client::new()
            .request(self.method.clone(), format!("{}/{}", node.url, self.path))
            .header("Authorization", &self.token);
        if self.method == Method::POST {
            request = request
                .header("Mex-To", RECEIVER)
                .header("Mex-WorkflowID", WORKFLOW)
                .header("Mex-LocalID", LOCAL_ID)
                .header("Content-Type", "application/octet-stream");
        }
        if let Some(chunks) = self.chunks {
            request = request.header("Mex-Chunk-Range", chunks);
        }
        request.body(self.body.clone()).send().await.unwrap()
    }

    async fn status(&self, node: &Node) -> StatusCode {
        self.of_node(node).await.status()
    }

    /// Answered with 503, when to come again, and that this is safe.
    async fn is_put_off(&self, node: &Node) {
        let answer = self.of_node(node).await;
        let path = &self.path;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(answer.headers().contains_key("Retry-After"), "{path}");
        let words = answer.text().await.unwrap();
        assert!(words.contains("sending again is safe"), "{path}: {words}");
    }
}

async fn health(node: &Node) -> (StatusCode, String) {
    let answer = reqwest::get(&node.health).await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

async fn shared_and_served() -> (Shared, Node) {
    let shared = Shared::start().await;
    let config = configure(&shared, "first", "restante", "key");
    let node = served(&config);
    (shared, node)
}

fn served(config: &Path) -> Node {
    add_both(config, config);
    start(config)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_object_store_is_in_trouble_the_same_is_asked_for_again() {
    let (shared, node) = shared_and_served().await;
    let stored = accepted(&node, vec![b'b'; LARGE]).await;
    let begun = Asked::sent(LARGE, Some("1:2")).of_node(&node).await;
    let begun: serde_json::Value = begun.json().await.unwrap();
    let begun = begun["messageID"].as_str().unwrap();
    for trouble in [Answers::Only(503), Answers::Only(429), Answers::None] {
        shared.s3.answer(trouble);
        let large = Asked::sent(LARGE, None);
        large.is_put_off(&node).await;
        let first = Asked::sent(LARGE, Some("1:2"));
        first.is_put_off(&node).await;
        let collected = Asked::of(Method::GET, RECEIVER, &format!("inbox/{stored}"));
        collected.is_put_off(&node).await;
        let (status, words) = health(&node).await;
        assert_eq!(status, StatusCode::OK, "{trouble:?}");
        assert!(words.contains("object store"), "{trouble:?}: {words}");
        // of no use to it
        assert_eq!(
            Asked::sent(6, None).status(&node).await,
            StatusCode::ACCEPTED
        );

        shared.s3.answer(Answers::All);
        assert_eq!(health(&node).await, (StatusCode::OK, String::new()));
        assert_eq!(
            large.status(&node).await,
            StatusCode::ACCEPTED,
            "{trouble:?}"
        );
        assert_eq!(
            first.status(&node).await,
            StatusCode::ACCEPTED,
            "{trouble:?}"
        );
        assert_eq!(collected.status(&node).await, StatusCode::OK, "{trouble:?}");
    }
    let mut last = Asked::sent(LARGE, Some("2:2"));
    last.path = format!("{SENDER}/outbox/{begun}/2");
    shared.s3.answer(Answers::Only(500));
    last.is_put_off(&node).await;
    shared.s3.answer(Answers::All);
    assert_eq!(last.status(&node).await, StatusCode::ACCEPTED);

    // nobody heals these by waiting
    for refused in [403, 404, 400] {
        shared.s3.answer(Answers::Only(refused));
        let large = Asked::sent(LARGE, None);
        let status = large.status(&node).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{refused}");
        let (status, words) = health(&node).await;
        assert_eq!(status, StatusCode::OK);
        assert!(words.contains("object store"), "{refused}: {words}");
        assert!(words.contains("of [store.s3]") || refused == 404, "{words}");
        shared.s3.answer(Answers::All);
    }
    let elsewhere = configure(&shared, "second", "restante", "key");
    let text = std::fs::read_to_string(&elsewhere).unwrap();
    let text = text.replace("endpoint = \"http:", "endpoint = \"https:");
    std::fs::write(&elsewhere, text).unwrap();
    let node = start(&elsewhere);
    let status = Asked::sent(LARGE, None).status(&node).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    let (status, words) = health(&node).await;
    assert_eq!(status, StatusCode::OK);
    assert!(words.contains("there is no TLS with it"), "{words}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_postgresql_is_in_trouble_the_same_is_asked_for_again() {
    let (shared, node) = shared_and_served().await;
    let stored = accepted(&node, vec![b'b'; 6]).await;
    for trouble in [stopped as fn(&Server) -> _, read_only] {
        let heal = trouble(&shared.postgresql);
        let asked = [
            Asked::sent(6, None),
            Asked::sent(6, Some("1:2")),
            Asked::of(Method::GET, RECEIVER, "inbox"),
            Asked::of(Method::GET, RECEIVER, &format!("inbox/{stored}")),
            Asked::of(
                Method::GET,
                SENDER,
                &format!("outbox/tracking?messageID={stored}"),
            ),
            Asked::of(Method::GET, RECEIVER, "count"),
        ];
        for asked in &asked {
            asked.is_put_off(&node).await;
        }
        let acknowledged = Asked::of(
            Method::PUT,
            RECEIVER,
            &format!("inbox/{stored}/status/acknowledged"),
        );
        acknowledged.is_put_off(&node).await;
        let (status, words) = health(&node).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(words.contains("PostgreSQL"), "{words}");
        assert!(words.contains("since 20"), "{words}");

        heal(&shared.postgresql);
        assert_eq!(health(&node).await, (StatusCode::OK, String::new()));
        for asked in &asked {
            let status = asked.status(&node).await;
            assert!(status.is_success(), "{}: {status}", asked.path);
        }
    }
    // connections end under the statements, and are made again
    shared
        .postgresql
        .sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'restante'");
    assert_eq!(
        Asked::sent(6, None).status(&node).await,
        StatusCode::ACCEPTED
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_send_whose_outcome_is_not_known_is_answered_504_and_kept_once() {
    let shared = Shared::start().await;
    let config = configure(&shared, "first", "restante", "key");
    let proxy = Proxy::start(shared.postgresql.socket()).await;
    let (here, there) = (
        shared.postgresql.url("restante"),
        shared
            .postgresql
            .url_at("restante", "127.0.0.1", proxy.port),
    );
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace(&here, &there)).unwrap();
    let node = served(&config);
    accepted(&node, vec![b'a'; 6]).await;

    let mut sent = Asked::sent(6, None);
    sent.body = b"one of a kind".to_vec();
    proxy.cut_that_with(Cut::BeforeAnswerForGood, &sent.body);
    let answer = sent.of_node(&node).await;
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
    let words = answer.text().await.unwrap();
    assert!(words.contains("ask for it by its local id"), "{words}");
    proxy.cut(Cut::Never);
    // it was kept
    assert_eq!(sent.status(&node).await, StatusCode::FORBIDDEN);
    assert_eq!(inbox(&node).await.len(), 2);
}

/// The sender's own server has not answered, or not in time; the question may reach any other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_server_says_404_of_a_local_id_while_a_commit_may_hold_it() {
    let shared = Shared::start().await;
    let [one, other] = ["first", "second"].map(|name| {
        let config = configure(&shared, name, "restante", "key");
        let mut text = std::fs::read_to_string(&config).unwrap();
        text += "single_use_tokens = false\narrival_wait_seconds = 1\n";
        std::fs::write(&config, text).unwrap();
        config
    });
    add_both(&one, &other);
    let (first, second) = (start(&one), start(&other));
    accepted(&first, vec![b'a'; 6]).await;
    let ask = || Asked::of(Method::GET, SENDER, &format!("outbox/tracking/{LOCAL_ID}"));
    assert_eq!(ask().status(&second).await, StatusCode::NOT_FOUND);

    shared.postgresql.hold_commits();
    let sent = Asked::sent(6, None);
    let (sent, ()) = tokio::join!(sent.status(&first), async {
        while !shared.postgresql.holds_a_commit() {
            tokio::task::yield_now().await;
        }
        let answer = ask().of_node(&second).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key("Retry-After"));
        let words = answer.text().await.unwrap();
        assert!(
            words.contains("ask again before it is sent again"),
            "{words}"
        );
        shared.postgresql.let_commits_go();
    });
    assert_eq!(sent, StatusCode::ACCEPTED);
    assert_eq!(ask().status(&second).await, StatusCode::OK);
}

fn stopped(server: &Server) -> fn(&Server) {
    server.stop();
    Server::start_again
}

fn read_only(server: &Server) -> fn(&Server) {
    fn set(server: &Server, value: &str) {
        server.sql(&format!(
            "ALTER SYSTEM SET default_transaction_read_only = {value}"
        ));
        server.sql("SELECT pg_reload_conf()");
        while server.sql("SHOW default_transaction_read_only") != value {}
    }
    set(server, "on");
    |server| set(server, "off")
}
