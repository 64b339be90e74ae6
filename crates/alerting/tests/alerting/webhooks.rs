//! Alerts by webhook.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use test_kit::receivers::{Certificates, WebReceiver};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::kit::{Alerts, dispatcher, minutes, open, start, webhook};

#[tokio::test]
async fn what_is_posted_is_kind_count_time_and_page_signed_and_no_more() {
    let receiver = WebReceiver::start().await;
    let key = STANDARD.encode([7; 32]);
    let further = format!("header_value = \"Bearer s3cret\"\nsigning_key = \"whsec_{key}\"\n");
    let alerts = Alerts::default();
    alerts.raise("letter-failed", start());
    alerts.raise("letter-failed", start() + minutes(1));
    let mut dispatcher = dispatcher(&webhook(&receiver, &further), &alerts);
    dispatcher.round(start() + minutes(2)).await;
    let posted = receiver.posted();
    let [posted] = &posted[..] else {
        panic!("{posted:?}")
    };
    assert_eq!(posted.path, "/hook?token=t0ken");
    assert_eq!(posted.header("authorization"), "Bearer s3cret");
    let (id, seconds) = (
        posted.header("webhook-id"),
        posted.header("webhook-timestamp"),
    );
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&[7; 32]).unwrap();
    mac.update(format!("{id}.{seconds}.{}", posted.body).as_bytes());
    let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    assert_eq!(posted.header("webhook-signature"), expected);
    let body = posted.json();
    assert_eq!(body["type"], "restante.alert");
    assert_eq!(body["timestamp"], "2026-11-28T02:02:00Z");
    let mut data = body["data"].clone();
    let data = data.as_object_mut().unwrap();
    let host = data.remove("host").unwrap();
    assert!(!host.as_str().unwrap().is_empty());
    let expected = serde_json::json!({
        "kind": "letter-failed",
        "what": "Something needs a person",
        "count": 2,
        "since": "2026-11-28T02:00:00Z",
        "page": "https://practice.example/alerts",
        "service": "practice A81001",
        "concerns": [],
        "further_concerns": 0,
    });
    assert_eq!(serde_json::Value::from(data.clone()), expected);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_alert_is_kept() {
    let receiver = WebReceiver::start().await;
    receiver.answer(StatusCode::TEMPORARY_REDIRECT);
    let alerts = Alerts::default();
    alerts.raise("letter-failed", start());
    let mut dispatcher = dispatcher(&webhook(&receiver, ""), &alerts);
    let wait = dispatcher.round(start()).await;
    let paths: Vec<_> = receiver.posted().into_iter().map(|it| it.path).collect();
    assert_eq!(paths, ["/hook?token=t0ken"]);
    receiver.answer(StatusCode::OK);
    dispatcher.round(start() + wait).await;
    let posted = receiver.posted();
    assert_eq!(posted.len(), 2);
    assert_eq!(
        posted[0].header("webhook-id"),
        posted[1].header("webhook-id")
    );
}

#[tokio::test]
async fn what_came_back_is_said_on_one_line_without_the_address() {
    let receiver = WebReceiver::start().await;
    receiver.answer(StatusCode::UNAUTHORIZED);
    let answers = open(&webhook(&receiver, "")).test(start()).await;
    let said = answers[0].1.as_ref().unwrap_err().to_string();
    assert_eq!(
        said,
        "127.0.0.1 did not take it: 401 Unauthorized said by the receiver"
    );
    receiver.answer(StatusCode::OK);
    let answers = open(&webhook(&receiver, "")).test(start()).await;
    assert_eq!(answers[0].1.as_ref().unwrap(), "200 OK");
    let body = receiver.posted().pop().unwrap().json();
    assert_eq!(body["data"]["kind"], "test");
}

/// Takes every request over TLS.
async fn encrypted(listener: TcpListener, acceptor: TlsAcceptor) {
    while let Ok((stream, _)) = listener.accept().await {
        if let Ok(mut stream) = acceptor.accept(stream).await {
            let mut read = [0; 4096];
            _ = stream.read(&mut read).await;
            _ = stream
                .write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
                .await;
            _ = stream.shutdown().await;
        }
    }
}

#[tokio::test]
async fn over_https_only_a_receiver_that_is_vouched_for_gets_anything() {
    let (certificates, others) = (Certificates::issue(), Certificates::issue());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(certificates.server.clone());
    tokio::spawn(encrypted(listener, acceptor));
    let settings =
        |ca: &str| format!("[alerting.webhook]\nurl = \"https://localhost:{port}/\"\n{ca}");
    let ca = |certificates: &Certificates| {
        format!("ca_file = \"{}\"\n", certificates.ca_file().display())
    };
    let alerting = open(&settings(&ca(&certificates)));
    let answers = alerting.reach().await;
    assert_eq!(answers[0].1.as_ref().unwrap(), "localhost answers");
    let answers = alerting.test(start()).await;
    assert_eq!(answers[0].1.as_ref().unwrap(), "202 Accepted");
    for ca in [ca(&others), String::new()] {
        let alerting = open(&settings(&ca));
        for answers in [alerting.reach().await, alerting.test(start()).await] {
            let error = answers[0].1.as_ref().unwrap_err();
            assert_eq!(error.code(), "alerting.unreachable", "{error}");
            assert!(error.to_string().contains("certificate"), "{error}");
        }
    }
}

/// Answers every request without end.
async fn endless(listener: TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            let mut read = [0; 4096];
            _ = stream.read(&mut read).await;
            let head = b"HTTP/1.1 500 no\r\ncontent-type: text/plain\r\n\r\n";
            _ = stream.write_all(head).await;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        });
    }
}

#[tokio::test]
async fn an_answer_without_end_is_read_to_a_bound() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(endless(listener));
    let settings = format!("[alerting.webhook]\nurl = \"http://127.0.0.1:{port}/\"\n");
    let answers = open(&settings).test(start()).await;
    let said = answers[0].1.as_ref().unwrap_err().to_string();
    assert!(said.len() < 400 && said.contains("500"), "{said}");
}

#[tokio::test]
async fn a_receiver_that_is_away_is_named_by_its_host_only() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let settings = format!("[alerting.webhook]\nurl = \"http://127.0.0.1:{port}/t0ken\"\n");
    let alerting = open(&settings);
    for answers in [alerting.test(start()).await, alerting.reach().await] {
        let error = answers[0].1.as_ref().unwrap_err();
        assert_eq!(error.code(), "alerting.unreachable");
        let said = error.to_string();
        assert!(
            said.contains("127.0.0.1") && !said.contains("t0ken"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn receivers_that_say_nothing_are_left_after_their_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let settings = format!(
        "[alerting]\ntimeout_seconds = 1\n[alerting.webhook]\nurl = \"http://127.0.0.1:{port}/\"\n[alerting.email]\n\
         host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"a@b.example\"\nto = [\"c@d.example\"]\n"
    );
    let answers = open(&settings).test(start()).await;
    assert_eq!(answers.len(), 2);
    for (channel, answer) in answers {
        let error = answer.unwrap_err();
        assert_eq!(error.code(), "alerting.timed-out", "{channel}: {error}");
    }
}
