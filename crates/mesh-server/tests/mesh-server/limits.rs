//! How much a caller may ask for: 429, and nobody else hears of it.

use exchange::Settings;
use https_listener::ListenerConfig;
use mesh_server::Options;
use reqwest::header::AUTHORIZATION;
use reqwest::{Client, Response};

use crate::kit::certificates::{Certificates, any_port};
use crate::kit::{Api, header, signed, token};

fn strict() -> Settings {
    Settings {
        require_certificate: false,
        ..Settings::default()
    }
}

async fn inbox(api: &Api, client: &Client, mailbox: &str, token: &str) -> Response {
    let url = format!("{}/messageexchange/{mailbox}/inbox", api.url);
    let request = client.get(url).header(AUTHORIZATION, token);
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_mailbox_that_asks_too_often_gets_429_keeps_its_token_and_hinders_no_other() {
    let options = Options {
        requests_per_second: 1,
        requests_burst: 3,
        ..Options::default()
    };
    let api = Api::start(strict(), options).await;
    let mut sent = 0;
    let put_off = loop {
        let request = api.sending("X26ABC1", "X26ABC2").body("x");
        let answer = request.send().await.unwrap();
        if answer.status() == 429 {
            break answer;
        }
        assert_eq!(answer.status(), 202);
        sent += 1;
    };
    assert!(sent >= 3, "{sent}");
    assert_eq!(header(&put_off, "retry-after").parse::<u32>().unwrap(), 1);
    assert!(put_off.text().await.unwrap().contains("later is safe"));
    assert_eq!(api.inbox("X26ABC2").await.len(), sent);
    let other = api.sending("X26ABC3", "X26ABC2").body("x");
    assert_eq!(other.send().await.unwrap().status(), 202);

    let token = token("X26ABC1");
    let mut seen = Vec::new();
    while !seen.contains(&200) {
        let answer = inbox(&api, &api.http, "X26ABC1", &token).await;
        seen.push(answer.status().as_u16());
    }
    seen.dedup();
    assert!(seen == [429, 200] || seen == [200], "{seen:?}");
    api.stop().await;
}

fn few_refusals() -> Options {
    Options {
        refused_per_minute: 1,
        refused_burst: 3,
        ..Options::default()
    }
}

#[tokio::test]
async fn an_address_that_is_refused_too_often_gets_429_and_good_calls_from_there_pass() {
    let api = Api::start(strict(), few_refusals()).await;
    let mut seen = Vec::new();
    for (count, mailbox) in ["X26ABC1", "NOBODY", "X26ABC2", "X26ABC1", "NOBODY"]
        .into_iter()
        .enumerate()
    {
        let wrong = signed(mailbox, "wrong", count as u64);
        let answer = inbox(&api, &api.http, mailbox, &wrong).await;
        let wait = header(&answer, "retry-after").parse::<u32>().unwrap_or(0);
        assert_eq!(answer.status() == 429, (1..=60).contains(&wait));
        seen.push(answer.status().as_u16());
    }
    assert_eq!(seen, [403, 403, 403, 429, 429]);
    assert_eq!(api.get("X26ABC1", "/inbox").await.status(), 200);
    let wrong = signed("X26ABC1", "wrong", 99);
    let answer = inbox(&api, &api.http, "X26ABC1", &wrong).await;
    assert_eq!(answer.status(), 429);
    api.stop().await;
}

#[tokio::test]
async fn a_certificate_that_is_refused_too_often_is_not_looked_at_and_others_are() {
    let certificates = Certificates::new();
    let good = certificates.http_client(Some(&certificates.client("X26")));
    let prober = certificates.http_client(Some(&certificates.client("X27")));
    let api = Api::start_on(
        ListenerConfig::tls(any_port(), certificates.tls()),
        Settings::default(),
        few_refusals(),
        good.clone(),
    )
    .await;
    let own = token("X26ABC3");
    assert_eq!(inbox(&api, &prober, "X26ABC3", &own).await.status(), 200);
    let mut seen = Vec::new();
    for _ in 0..5 {
        // another organisation's mailbox, with its right password
        let answer = inbox(&api, &prober, "X26ABC1", &token("X26ABC1")).await;
        seen.push(answer.status().as_u16());
    }
    assert_eq!(seen, [403, 403, 403, 429, 429]);
    let own = token("X26ABC3");
    assert_eq!(inbox(&api, &prober, "X26ABC3", &own).await.status(), 429);
    assert_eq!(
        inbox(&api, &good, "X26ABC1", &token("X26ABC1"))
            .await
            .status(),
        200
    );
    // it was not looked at, so its token is good for whoever asks from elsewhere
    let elsewhere = certificates.http_client(Some(&certificates.client("X27")));
    assert_eq!(inbox(&api, &elsewhere, "X26ABC3", &own).await.status(), 200);
    api.stop().await;
}

#[tokio::test]
async fn routes_without_a_token_are_counted_by_certificate() {
    let certificates = Certificates::new();
    let one = certificates.http_client(Some(&certificates.client("X26")));
    let other = certificates.http_client(Some(&certificates.client("X27")));
    let options = Options {
        requests_per_second: 1,
        requests_burst: 3,
        ..Options::default()
    };
    let listener = ListenerConfig::tls(any_port(), certificates.tls());
    let api = Api::start_on(listener, Settings::default(), options, one.clone()).await;
    let ask = async |client: &Client, path: &str| {
        let answer = client.get(format!("{}{path}", api.url)).send().await;
        answer.unwrap().status().as_u16()
    };
    let lookup = "/messageexchange/endpointlookup/X26/TEST_WORKFLOW";
    let mut seen = Vec::new();
    while seen.last() != Some(&429) {
        seen.push(ask(&one, lookup).await);
    }
    assert!(seen.len() > 3 && seen[..3] == [200; 3], "{seen:?}");
    let own = inbox(&api, &one, "X26ABC1", &token("X26ABC1")).await;
    assert_eq!(
        own.status(),
        200,
        "a mailbox's requests are counted by themselves"
    );
    let mut seen = Vec::new();
    while seen.last() != Some(&429) {
        seen.push(ask(&other, "/no/such/path").await);
    }
    assert!(seen.len() > 3 && seen[..3] == [404; 3], "{seen:?}");
    api.stop().await;
}

/// Several organisations' mailboxes may stand behind it then.
#[tokio::test]
async fn a_certificate_that_need_not_be_an_organisation_s_shuts_out_none_of_its_good_calls() {
    let certificates = Certificates::new();
    let shared = certificates.http_client(Some(&certificates.client("X26")));
    let listener = ListenerConfig::tls(any_port(), certificates.tls());
    let api = Api::start_on(listener, strict(), few_refusals(), shared.clone()).await;
    let mut seen = Vec::new();
    for count in 0..5 {
        let wrong = signed("X26ABC1", "wrong", count);
        let answer = inbox(&api, &shared, "X26ABC1", &wrong).await;
        seen.push(answer.status().as_u16());
    }
    assert_eq!(seen, [403, 403, 403, 429, 429]);
    for mailbox in ["X26ABC1", "X26ABC3"] {
        let good = inbox(&api, &shared, mailbox, &token(mailbox)).await;
        assert_eq!(good.status(), 200, "{mailbox}");
    }
    api.stop().await;
}
