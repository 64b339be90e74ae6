//! `Prefer: wait`: the inbox list and the count are answered when there is something.

use ::exchange::Settings;
use http::StatusCode;
use https_listener::ListenerConfig;
use mesh_server::Options;
use nhs::MailboxId;
use reqwest::header::AUTHORIZATION;
use reqwest::{Client, Method, RequestBuilder, Response};
use tokio::task::JoinHandle;

use crate::kit::certificates::{Certificates, any_port};
use crate::kit::{Api, V1, V2, header, json, token};

const MAILBOX: &str = "X26ABC2";

fn strict() -> Settings {
    Settings {
        require_certificate: false,
        ..Settings::default()
    }
}

/// One request of a mailbox may wait, so that whether it does can be seen.
fn one_place() -> Options {
    Options {
        waiting_requests_per_mailbox: 1,
        ..Options::default()
    }
}

fn waiting(api: &Api, path: &str, seconds: u32) -> RequestBuilder {
    let request = api.request(Method::GET, MAILBOX, path);
    request.header("prefer", format!("wait={seconds}"))
}

/// Begins to wait; returns once the request has its place.
async fn begin(api: &Api, request: RequestBuilder) -> JoinHandle<Response> {
    let request = tokio::spawn(async move { request.send().await.unwrap() });
    while has_place(api).await {}
    request
}

async fn has_place(api: &Api) -> bool {
    let answer = waiting(api, "/count", 0).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    match header(&answer, "preference-applied") {
        "wait=0" => true,
        "" => false,
        other => panic!("{other}"),
    }
}

fn applied(answer: &Response) -> &str {
    assert_eq!(answer.status(), 200);
    header(answer, "preference-applied")
}

#[tokio::test]
async fn a_list_and_a_count_are_answered_when_a_message_arrives() {
    let api = Api::start(strict(), one_place()).await;
    for version in [V1, V2] {
        for path in ["/inbox", "/inbox?workflow_filter=TEST*", "/count"] {
            let request = api.versioned(version, Method::GET, MAILBOX, path);
            let request = begin(&api, request.header("prefer", "wait=40")).await;
            let sent = api.send("X26ABC1", MAILBOX, "x").await;
            let answer = request.await.unwrap();
            assert_eq!(applied(&answer), "wait=40");
            let body = json(answer).await.to_string();
            let told = body.contains(&sent) || body.contains(":1");
            assert!(told, "{path}: {body}");
            // what is there is told at once
            let at_once = waiting(&api, path, 40).send().await.unwrap();
            assert_eq!(applied(&at_once), "wait=40");
            let taken = format!("/inbox/{sent}/status/acknowledged");
            let taken = api.request(Method::PUT, MAILBOX, &taken).send().await;
            assert_eq!(taken.unwrap().status(), 200);
        }
    }
    api.stop().await;
}

#[tokio::test]
async fn who_prefers_nothing_is_answered_as_ever() {
    let api = Api::start(strict(), Options::default()).await;
    for prefer in ["", "return=minimal", "wait", "wait=soon"] {
        for path in ["/inbox", "/count"] {
            let request = api.request(Method::GET, MAILBOX, path);
            let answer = request.header("prefer", prefer).send().await.unwrap();
            assert_eq!(applied(&answer), "", "{prefer}");
        }
    }
    api.stop().await;
    let never = Options {
        wait_seconds: 0,
        ..Options::default()
    };
    let api = Api::start(strict(), never).await;
    let answer = waiting(&api, "/inbox", 30).send().await.unwrap();
    assert_eq!(applied(&answer), "");
    api.stop().await;
}

#[tokio::test]
async fn a_wait_is_no_longer_than_the_server_allows_and_ends_with_an_empty_list() {
    let short = Options {
        wait_seconds: 1,
        ..Options::default()
    };
    let api = Api::start(strict(), short).await;
    let answer = waiting(&api, "/inbox", 600).send().await.unwrap();
    assert_eq!(applied(&answer), "wait=1");
    assert_eq!(json(answer).await["messages"], serde_json::json!([]));
    api.stop().await;
}

#[tokio::test]
async fn other_mailboxes_mail_and_workflows_that_are_not_wanted_wake_nobody() {
    let api = Api::start(strict(), one_place()).await;
    let filtered = waiting(&api, "/inbox?workflow_filter=TEST_WORKFLOW2", 40);
    let request = begin(&api, filtered).await;
    api.send("X26ABC1", MAILBOX, "not wanted").await;
    let other = api.sending("X26ABC2", "X26ABC1");
    let other = other.header("mex-workflowid", "TEST_WORKFLOW2");
    drop(other.body("x").send().await.unwrap());
    assert!(!has_place(&api).await, "it waits on");
    let wanted = api.request(Method::POST, "X26ABC1", "/outbox");
    let wanted = wanted
        .header("mex-to", MAILBOX)
        .header("mex-workflowid", "TEST_WORKFLOW2");
    let sent = json(wanted.body("wanted").send().await.unwrap()).await;
    let listed = json(request.await.unwrap()).await;
    assert_eq!(
        listed["messages"],
        serde_json::json!([sent["message_id"].as_str().unwrap()])
    );
    api.stop().await;
}

#[tokio::test]
async fn beyond_the_bounds_the_answer_comes_at_once() {
    for options in [
        one_place(),
        Options {
            waiting_requests: 1,
            ..Options::default()
        },
    ] {
        let of_all = options.waiting_requests == 1;
        let api = Api::start(strict(), options).await;
        let waits = begin(&api, waiting(&api, "/inbox", 40)).await;
        let at_once = waiting(&api, "/inbox", 40).send().await.unwrap();
        assert_eq!(applied(&at_once), "");
        let other = api.request(Method::GET, "X26ABC1", "/count");
        let other = other.header("prefer", "wait=0").send().await.unwrap();
        assert_eq!(applied(&other).is_empty(), of_all);
        api.send("X26ABC1", MAILBOX, "x").await;
        assert_eq!(applied(&waits.await.unwrap()), "wait=40");
        api.stop().await;
    }
}

#[tokio::test]
async fn a_stop_answers_whoever_waits() {
    let api = Api::start(strict(), one_place()).await;
    let lists = begin(&api, waiting(&api, "/inbox", 40)).await;
    api.stop().await;
    let answer = lists.await.unwrap();
    assert_eq!(applied(&answer), "wait=40");
    assert_eq!(json(answer).await["messages"], serde_json::json!([]));
}

#[tokio::test]
async fn a_token_is_spent_when_the_wait_begins() {
    let api = Api::start(strict(), one_place()).await;
    let once = token(MAILBOX);
    let url = format!("{}/messageexchange/{MAILBOX}/inbox", api.url);
    let request = || {
        let request = api.http.get(&url).header("prefer", "wait=40");
        request.header(AUTHORIZATION, once.clone())
    };
    let waits = begin(&api, request()).await;
    let again = request().send().await.unwrap();
    assert_eq!(again.status(), StatusCode::FORBIDDEN);
    api.send("X26ABC1", MAILBOX, "x").await;
    assert_eq!(waits.await.unwrap().status(), 200);
    let again = request().send().await.unwrap();
    assert_eq!(again.status(), StatusCode::FORBIDDEN);
    api.stop().await;
}

#[tokio::test]
async fn a_mailbox_that_is_disabled_meanwhile_is_refused() {
    for path in ["/inbox", "/count"] {
        let api = Api::start(strict(), one_place()).await;
        let waits = begin(&api, waiting(&api, path, 40)).await;
        let mailbox = MailboxId::parse(MAILBOX).unwrap();
        let operator = api.exchange.operator().unwrap();
        operator.set_active(&mailbox, false).unwrap();
        assert_eq!(waits.await.unwrap().status(), StatusCode::FORBIDDEN);
        api.stop().await;
    }
}

/// Over HTTP/1.1 by its connection, over HTTP/2 by its stream.
#[tokio::test]
async fn who_hangs_up_frees_the_place() {
    let api = Api::start(strict(), one_place()).await;
    let waits = begin(&api, waiting(&api, "/inbox", 40)).await;
    waits.abort();
    while !has_place(&api).await {}
    api.stop().await;

    let certificates = Certificates::new();
    let listener = ListenerConfig::tls(any_port(), certificates.tls());
    let certificate = certificates.client("X26");
    let client = certificates.http_client(Some(&certificate));
    let api = Api::start_on(listener, Settings::default(), one_place(), client).await;
    let waits = begin(&api, waiting(&api, "/inbox", 40)).await;
    waits.abort();
    while !has_place(&api).await {}
    api.stop().await;
}

/// More wait than a connection has streams and a store has connections for reading.
#[tokio::test]
async fn who_waits_takes_nothing_that_others_need() {
    let many = Options {
        waiting_requests_per_mailbox: 40,
        ..Options::default()
    };
    let api = Api::start(strict(), many).await;
    let mut waits = Vec::new();
    for _ in 0..40 {
        let http = Client::new();
        let url = format!("{}/messageexchange/{MAILBOX}/inbox", api.url);
        let request = http.get(url).header("prefer", "wait=40");
        let request = request.header(AUTHORIZATION, token(MAILBOX));
        waits.push(tokio::spawn(async move { request.send().await.unwrap() }));
    }
    while has_place(&api).await {}
    let sent = api.send("X26ABC1", MAILBOX, "x").await;
    for waits in waits {
        let listed = json(waits.await.unwrap()).await;
        assert_eq!(listed["messages"], serde_json::json!([sent.clone()]));
    }
    api.stop().await;
}
