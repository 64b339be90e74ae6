//! Every route by every way not to be allowed in, over mutual TLS: all refused alike, so that no
//! answer tells which mailboxes and messages exist.

use crate::kit::certificates::{Certificates, any_port};
use crate::kit::exchange::PASSWORD;
use crate::kit::{self, Api, V1, V2, signed, signed_at, token};
use exchange::Settings;
use https_listener::ListenerConfig;
use jiff::SignedDuration;
use mesh_server::Options;
use nhs::{Clock, MailboxId, SystemClock};
use reqwest::header::{ACCEPT, AUTHORIZATION};
use reqwest::{Client, Method};

/// Every route that belongs to a mailbox; `{id}` is a message.
const ROUTES: [(&str, &str); 15] = [
    ("GET", ""),
    ("POST", ""),
    ("GET", "/inbox"),
    ("GET", "/inbox/rich"),
    ("GET", "/inbox/{id}"),
    ("HEAD", "/inbox/{id}"),
    ("GET", "/inbox/{id}/1"),
    ("PUT", "/inbox/{id}/status/acknowledged"),
    ("GET", "/count"),
    ("POST", "/outbox"),
    ("GET", "/outbox/rich"),
    ("GET", "/outbox/tracking?messageID={id}"),
    ("GET", "/outbox/tracking/{id}"),
    ("POST", "/outbox/{id}/2"),
    ("POST", "/update"),
];
const MINE: &str = "X26ABC1";
const INACTIVE: &str = "X26ABC2";
const UNKNOWN: &str = "X26ABC9";
const NO_MESSAGE: &str = "20260114093013123456_000001";

/// One way not to be allowed in.
struct Attempt {
    name: &'static str,
    mailbox: &'static str,
    token: Option<String>,
    client: Client,
}

/// What a caller can see of an answer, without what differs by chance.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

struct Door {
    api: Api,
    own: Client,
    other_organisation: Client,
    revoked: Client,
    /// In the inbox of `MINE` and in that of `INACTIVE`.
    messages: [String; 2],
}

impl Door {
    async fn open() -> Self {
        let certificates = Certificates::new();
        let listener = ListenerConfig::tls(any_port(), certificates.tls());
        let own = certificates.http_client(Some(&certificates.client("X26")));
        let other_organisation = certificates.http_client(Some(&certificates.client("X27")));
        let to_revoke = certificates.client("X26");
        let revoked = certificates.http_client(Some(&to_revoke));
        let api = Api::start_on(
            listener,
            Settings::default(),
            Options {
                refused_per_minute: 0,
                ..Options::default()
            },
            own.clone(),
        )
        .await;
        let send = async |to: &str| {
            let request = api.request(Method::POST, MINE, "/outbox");
            let request = request.header("mex-to", to);
            let answer = request.header("mex-workflowid", "TEST_WORKFLOW2").body("x");
            let sent = kit::json(answer.send().await.unwrap()).await;
            sent["message_id"].as_str().unwrap().to_owned()
        };
        let messages = [send(MINE).await, send(INACTIVE).await];
        let operator = api.exchange.operator().unwrap();
        let inactive = MailboxId::parse(INACTIVE).unwrap();
        operator.set_active(&inactive, false).unwrap();
        operator.revoke_certificate(&to_revoke.serial).unwrap();
        api.exchange.refresh_directory().await.unwrap();
        Self {
            api,
            own,
            other_organisation,
            revoked,
            messages,
        }
    }

    async fn used_token(&self) -> String {
        let used = token(MINE);
        let url = format!("{}/messageexchange/{MINE}/count", self.api.url);
        let request = self.own.get(url).header(AUTHORIZATION, &used);
        assert_eq!(request.send().await.unwrap().status(), 200);
        used
    }

    fn attempts(&self, used: &str) -> Vec<Attempt> {
        let old = SystemClock.now() - SignedDuration::from_mins(125);
        let attempt = |name, mailbox, token| Attempt {
            name,
            mailbox,
            token,
            client: self.own.clone(),
        };
        let with = |client: &Client, attempt: Attempt| Attempt {
            client: client.clone(),
            ..attempt
        };
        vec![
            attempt("no such mailbox", UNKNOWN, Some(token(UNKNOWN))),
            attempt(
                "no such mailbox, another's token",
                UNKNOWN,
                Some(token(MINE)),
            ),
            attempt("another mailbox's token", MINE, Some(token("X26ABC3"))),
            attempt("no token", MINE, None),
            attempt("no token, no such mailbox", UNKNOWN, None),
            attempt("malformed", MINE, Some("NHSMESH x".to_owned())),
            attempt("no scheme", MINE, Some(token(MINE).replace("NHSMESH ", ""))),
            attempt(
                "wrong password",
                MINE,
                Some(signed(MINE, "wrong", 1_000_000)),
            ),
            attempt(
                "expired",
                MINE,
                Some(signed_at(MINE, PASSWORD, 1_000_001, old)),
            ),
            attempt("replayed", MINE, Some(used.to_owned())),
            attempt("inactive mailbox", INACTIVE, Some(token(INACTIVE))),
            with(
                &self.other_organisation,
                attempt(
                    "another organisation's certificate",
                    MINE,
                    Some(token(MINE)),
                ),
            ),
            with(
                &self.revoked,
                attempt("revoked certificate", MINE, Some(token(MINE))),
            ),
        ]
    }

    async fn ask(&self, attempt: &Attempt, method: &str, path: &str, version: &str) -> Seen {
        let url = format!("{}/messageexchange/{}{path}", self.api.url, attempt.mailbox);
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = attempt.client.request(method, url).header(ACCEPT, version);
        if let Some(token) = &attempt.token {
            request = request.header(AUTHORIZATION, token);
        }
        let answer = request.send().await.unwrap();
        let mut headers: Vec<_> = answer
            .headers()
            .iter()
            .filter(|(name, _)| *name != "date" && *name != "x-request-id")
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        Seen {
            status: answer.status().as_u16(),
            headers,
            body: answer.bytes().await.unwrap().to_vec(),
        }
    }
}

#[tokio::test]
async fn every_refusal_of_a_route_is_the_same_whatever_its_reason_and_whatever_exists() {
    let door = Door::open().await;
    let used = door.used_token().await;
    let mut asked = 0;
    for (method, route) in ROUTES {
        for version in [V1, V2] {
            let mut first: Option<Seen> = None;
            for message in [&door.messages[0], &door.messages[1], NO_MESSAGE] {
                let path = route.replace("{id}", message);
                for attempt in door.attempts(&used) {
                    let seen = door.ask(&attempt, method, &path, version).await;
                    let what = format!("{method} {path}, {}", attempt.name);
                    assert_eq!(seen.status, 403, "{what}");
                    match &first {
                        None => first = Some(seen),
                        Some(first) => assert_eq!(&seen, first, "{what}"),
                    }
                    asked += 1;
                }
                if !route.contains("{id}") {
                    break;
                }
            }
        }
    }
    println!("{asked} requests, all refused alike");
    // none of them has touched the messages
    assert_eq!(door.api.inbox(MINE).await, [door.messages[0].clone()]);
    door.api.stop().await;
}

#[tokio::test]
async fn without_a_certificate_there_is_no_answer_at_all() {
    let certificates = Certificates::new();
    let listener = ListenerConfig::tls(any_port(), certificates.tls());
    let nameless = certificates.http_client(None);
    let api = Api::start_on(listener, Settings::default(), Options::default(), nameless).await;
    for (method, route) in ROUTES {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = api.request(method, MINE, &route.replace("{id}", NO_MESSAGE));
        assert!(request.send().await.is_err(), "{route}");
    }
    api.stop().await;
}

#[tokio::test]
async fn a_mailbox_id_that_is_not_text_is_refused() {
    let api = Api::strict().await;
    for (method, route) in ROUTES {
        let path = route.replace("{id}", NO_MESSAGE);
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}/messageexchange/%ff{path}", api.url);
        let request = api.http.request(method, url);
        let answer = request.header(AUTHORIZATION, token(MINE)).send().await;
        let status = answer.unwrap().status().as_u16();
        assert!([400, 403, 404].contains(&status), "{route}: {status}");
    }
    api.stop().await;
}
