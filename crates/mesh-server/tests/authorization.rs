//! Who may call: tokens and certificates, on every route.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

#[path = "support/api.rs"]
mod api;
mod support;

use api::{Api, V1, json, signed, token};
use exchange::Settings;
use mesh_server::{ListenerConfig, Options};
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use support::{Certificates, any_port};

const ROUTES: [(&str, &str); 15] = [
    ("GET", ""),
    ("POST", ""),
    ("GET", "/inbox"),
    ("GET", "/inbox/rich"),
    ("GET", "/inbox/AB12"),
    ("HEAD", "/inbox/AB12"),
    ("GET", "/inbox/AB12/1"),
    ("PUT", "/inbox/AB12/status/acknowledged"),
    ("GET", "/count"),
    ("POST", "/outbox"),
    ("GET", "/outbox/rich"),
    ("GET", "/outbox/tracking?messageID=AB12"),
    ("GET", "/outbox/tracking/LOCAL"),
    ("POST", "/outbox/AB12/2"),
    ("POST", "/update"),
];

#[tokio::test]
async fn no_route_opens_without_the_mailbox_s_own_fresh_token_nor_tells_which_mailboxes_exist() {
    let api = Api::strict().await;
    let used = token("X26ABC1");
    let first = api
        .http
        .get(format!("{}/messageexchange/X26ABC1/inbox", api.url));
    assert_eq!(
        first
            .header(AUTHORIZATION, &used)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let old = "NHSMESH X26ABC1:n:1:202001010000:0000000000000000000000000000000000000000000000000000000000000000";
    for (method, route) in ROUTES {
        let mut bodies = Vec::new();
        for (mailbox, authorization) in [
            ("X26ABC1", None),
            ("X26ABC9", None),
            ("X26ABC1", Some("NHSMESH x".to_owned())),
            ("X26ABC1", Some(token("X26ABC2"))),
            ("X26ABC9", Some(token("X26ABC9"))),
            ("X26ABC9", Some(token("X26ABC1"))),
            ("X26ABC1", Some(signed("X26ABC1", "wrong", 1_000_000))),
            ("X26ABC1", Some(token("X26ABC1").replace("NHSMESH ", ""))),
            ("X26ABC1", Some(old.to_owned())),
            ("X26ABC1", Some(used.clone())),
            ("%ff", Some(token("X26ABC1"))),
        ] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let url = format!("{}/messageexchange/{mailbox}{route}", api.url);
            let mut request = api.http.request(method.clone(), url).header("accept", V1);
            if let Some(authorization) = &authorization {
                request = request.header(AUTHORIZATION, authorization);
            }
            let answer = request.send().await.unwrap();
            if mailbox == "%ff" {
                assert!(
                    [400, 403, 404].contains(&answer.status().as_u16()),
                    "{}",
                    answer.status()
                );
                continue;
            }
            assert_eq!(
                answer.status(),
                403,
                "{method} {mailbox}{route} {authorization:?}"
            );
            bodies.push(answer.text().await.unwrap());
        }
        bodies.dedup();
        assert_eq!(
            bodies.len(),
            1,
            "{route}: every refusal reads the same: {bodies:?}"
        );
    }
    api.stop().await;
}

#[tokio::test]
async fn a_token_is_good_for_one_request_whatever_its_answer() {
    let api = Api::strict().await;
    let inbox = format!("{}/messageexchange/X26ABC1/inbox", api.url);
    for path in ["", "/NOSUCHMESSAGE", "?max_results=1"] {
        let token = token("X26ABC1");
        let url = format!("{inbox}{path}");
        let first = api
            .http
            .get(&url)
            .header(AUTHORIZATION, &token)
            .send()
            .await
            .unwrap();
        assert_ne!(first.status(), 403);
        let second = api
            .http
            .get(&url)
            .header(AUTHORIZATION, &token)
            .send()
            .await
            .unwrap();
        assert_eq!(second.status(), 403);
    }
    api.stop().await;
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
