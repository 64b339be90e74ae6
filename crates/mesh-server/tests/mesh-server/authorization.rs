//! Who may call: tokens and certificates, on every route.

use crate::kit::certificates::{Certificates, any_port};
use crate::kit::{self, Api, json, token};
use exchange::Settings;
use https_listener::ListenerConfig;
use mesh_server::Options;
use reqwest::Method;
use reqwest::header::AUTHORIZATION;

#[tokio::test]
async fn a_token_is_good_for_one_request_whatever_its_answer_also_after_a_restart() {
    let settings = Settings {
        max_request_bytes: 1_000,
        ..without_certificates()
    };
    let api = Api::start(settings.clone(), Options::default()).await;
    let (me, to) = ("X26ABC1", "X26ABC2");
    let requests = |token: &str| {
        let request = |method: Method, path: &str| {
            let url = format!("{}/messageexchange/{me}{path}", api.url);
            api.http.request(method, url).header(AUTHORIZATION, token)
        };
        let send = || {
            request(Method::POST, "/outbox")
                .header("mex-to", to)
                .header("mex-workflowid", "TEST_WORKFLOW")
        };
        vec![
            (200, request(Method::GET, "/inbox")),
            (202, send().body("x")),
            (400, request(Method::GET, "/inbox?max_results=1")),
            (400, request(Method::POST, "/outbox").body("x")),
            (
                404,
                request(Method::GET, "/inbox/20260114093013123456_000001"),
            ),
            (413, send().body(vec![b'x'; 1_001])),
            (417, send().header("mex-chunk-range", "2:2").body("x")),
            (422, send().header("content-encoding", "br").body("x")),
        ]
    };
    let count = requests("").len();
    let mut used = Vec::new();
    for at in 0..count {
        let token = token(me);
        for expected in [requests(&token)[at].0, 403] {
            let answer = requests(&token).swap_remove(at).1.send().await.unwrap();
            assert_eq!(answer.status(), expected, "request {at}");
        }
        used.push(token);
    }
    let api = api
        .restart(ListenerConfig::plain(any_port()), settings)
        .await;
    let inbox = format!("{}/messageexchange/{me}/inbox", api.url);
    for token in used {
        let request = api.http.get(&inbox).header(AUTHORIZATION, token);
        assert_eq!(request.send().await.unwrap().status(), 403);
    }
    api.stop().await;
}

#[tokio::test]
async fn a_token_answered_with_429_is_good_until_its_request_is_done_also_after_a_restart() {
    let settings = Settings {
        max_uploads_per_mailbox: 1,
        ..without_certificates()
    };
    let api = Api::start(settings.clone(), Options::default()).await;
    let first_chunk = |api: &Api, token: &str| {
        api.http
            .post(format!("{}/messageexchange/X26ABC1/outbox", api.url))
            .header(AUTHORIZATION, token)
            .header("mex-to", "X26ABC2")
            .header("mex-workflowid", "TEST_WORKFLOW")
            .header("mex-chunk-range", "1:2")
            .body("first")
    };
    let sent = first_chunk(&api, &token("X26ABC1")).send().await.unwrap();
    assert_eq!(sent.status(), 202);
    let unfinished = json(sent).await["messageID"].as_str().unwrap().to_owned();

    let again = token("X26ABC1");
    for _ in 0..2 {
        let busy = first_chunk(&api, &again).send().await.unwrap();
        assert_eq!(busy.status(), 429);
        let wait: u64 = kit::header(&busy, "retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
    let api = api
        .restart(ListenerConfig::plain(any_port()), settings)
        .await;
    let last_chunk = api
        .request(Method::POST, "X26ABC1", &format!("/outbox/{unfinished}/2"))
        .header("mex-chunk-range", "2:2")
        .body("last");
    assert_eq!(last_chunk.send().await.unwrap().status(), 202);
    for expected in [202, 403] {
        let answer = first_chunk(&api, &again).send().await.unwrap();
        assert_eq!(answer.status(), expected);
    }
    api.stop().await;
}

fn without_certificates() -> Settings {
    Settings {
        require_certificate: false,
        ..Settings::default()
    }
}

#[tokio::test]
async fn the_sandbox_takes_a_token_twice_and_tells_why_it_refuses() {
    let api = Api::sandbox().await;
    let token = token("X26ABC1");
    let url = format!("{}/messageexchange/x26abc1/inbox", api.url);
    for _ in 0..2 {
        let answer = api
            .http
            .get(&url)
            .header(AUTHORIZATION, &token)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
    }
    let answer = api.http.get(&url).send().await.unwrap();
    assert_eq!(answer.status(), 403);
    let text = json(answer).await["errorDescription"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(text, "Error reading from Authorization header");
    api.stop().await;
}

#[tokio::test]
async fn a_certificate_opens_the_mailboxes_of_its_own_organisation_only() {
    let certificates = Certificates::new();
    let listener = ListenerConfig::tls(any_port(), certificates.tls());
    let own = certificates.http_client(Some(&certificates.client("X26")));
    let api = Api::start_on(listener, Settings::default(), Options::default(), own).await;
    assert_eq!(api.get("X26ABC1", "/inbox").await.status(), 200);
    assert_eq!(api.get("X26ABC2", "/inbox").await.status(), 200);
    assert_eq!(
        api.get("X26ABC3", "/inbox").await.status(),
        403,
        "X26ABC3 is X27's"
    );
    let other = certificates.http_client(Some(&certificates.client("X27")));
    let url = format!("{}/messageexchange/X26ABC3/inbox", api.url);
    let answer = other
        .get(&url)
        .header(AUTHORIZATION, token("X26ABC3"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    api.stop().await;
}

#[tokio::test]
async fn a_message_goes_over_mutual_tls_and_http_2() {
    let certificates = Certificates::new();
    let listener = ListenerConfig::tls(any_port(), certificates.tls());
    let client = certificates.http_client(Some(&certificates.client("X26")));
    let api = Api::start_on(listener, Settings::default(), Options::default(), client).await;
    let body = vec![b'x'; 1_000_000];
    let id = api.send("X26ABC1", "X26ABC2", body.clone()).await;
    let answer = api.get("X26ABC2", &format!("/inbox/{id}")).await;
    assert_eq!(answer.version(), reqwest::Version::HTTP_2);
    assert_eq!(answer.bytes().await.unwrap(), body);
    api.stop().await;
}
