//! Sending: single messages, chunks, and what is refused.

use crate::kit::{self, Api, V1, json};
use exchange::{QuotaSettings, Settings};
use mesh_server::Options;
use reqwest::Method;

#[tokio::test]
async fn the_answer_to_a_send_has_the_shape_of_its_version() {
    let api = Api::sandbox().await;
    for (version, field) in [(V1, "messageID"), (kit::V2, "message_id")] {
        let answer = api
            .versioned(version, Method::POST, "X26ABC1", "/outbox")
            .header("mex-to", "x26abc2")
            .header("mex-workflowid", "TEST_WORKFLOW")
            .body("hello")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 202);
        let body = json(answer).await;
        assert_eq!(body.as_object().unwrap().len(), 1);
        assert!(body[field].as_str().unwrap().len() > 20);
    }
    assert_eq!(api.inbox("X26ABC2").await.len(), 2);
    api.stop().await;
}

#[tokio::test]
async fn headers_are_refused_with_the_peers_statuses_and_codes() {
    let api = Api::sandbox().await;
    let long = "x".repeat(501);
    for (headers, status, code) in [
        (vec![("mex-to", " ")], 400, "08"),
        (vec![("mex-to", "X26ABC9")], 417, "12"),
        (vec![("mex-to", "https://x")], 400, "06"),
        (vec![("mex-subject", "a\tb")], 400, "06"),
        (vec![("mex-content-checksum", "§")], 400, "Invalid checksum"),
        (
            vec![("content-encoding", "br")],
            422,
            "UnsupportedContentEncoding",
        ),
        (vec![("mex-chunk-range", "2:2")], 417, "InvalidHeaderChunks"),
        (vec![("mex-chunk-range", "one")], 417, "InvalidHeaderChunks"),
    ] {
        let mut request = api
            .sending("X26ABC1", "X26ABC2")
            .body("hello")
            .build()
            .unwrap();
        for (name, value) in &headers {
            let value = reqwest::header::HeaderValue::from_bytes(value.as_bytes()).unwrap();
            request.headers_mut().insert(*name, value);
        }
        let answer = api.http.execute(request).await.unwrap();
        assert_eq!(answer.status(), status, "{headers:?}");
        assert_eq!(json(answer).await["detail"][0]["code"], code, "{headers:?}");
    }
    let answer = api
        .sending("X26ABC1", "X26ABC2")
        .header("mex-subject", &long)
        .send()
        .await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 400);
    let body = json(answer).await;
    assert_eq!(
        body["detail"][0]["loc"],
        serde_json::json!(["header", "mex-subject"])
    );
    assert_eq!(body["detail"][0]["type"], "string_too_long");

    let answer = api
        .request(Method::POST, "X26ABC1", "/outbox")
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
    let missing = json(answer).await;
    assert_eq!(missing["detail"].as_array().unwrap().len(), 2);
    assert_eq!(missing["detail"][0]["msg"], "Field required");

    let empty = api.sending("X26ABC1", "X26ABC2").send().await.unwrap();
    assert_eq!(empty.status(), 417);
    assert_eq!(json(empty).await["detail"][0]["code"], "02");
    assert!(api.inbox("X26ABC2").await.is_empty());
    api.stop().await;
}

#[tokio::test]
async fn errors_have_the_shape_of_their_version() {
    let api = Api::sandbox().await;
    for version in [V1, kit::V2] {
        let answer = api
            .versioned(version, Method::POST, "X26ABC1", "/outbox")
            .header("mex-to", "X26ABC9")
            .header("mex-workflowid", "TEST_WORKFLOW")
            .body("hello")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 417);
        assert_eq!(kit::header(&answer, "content-type"), version);
        let expected = if version == V1 {
            serde_json::json!({
                "errorEvent": "SEND", "errorCode": "12", "errorDescription": "Unregistered to address"
            })
        } else {
            serde_json::json!({
                "detail": [{ "event": "SEND", "code": "12", "msg": "Unregistered to address" }]
            })
        };
        assert_eq!(json(answer).await, expected);
    }
    api.stop().await;
}

#[tokio::test]
async fn a_chunked_message_appears_once_its_last_missing_chunk_is_there() {
    let api = Api::sandbox().await;
    let first = api
        .sending("X26ABC1", "X26ABC2")
        .header("mex-chunk-range", "1:3")
        .body("one ");
    let id = json(first.send().await.unwrap()).await["message_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let chunk = |number: &str, range: &str, body: &'static str| {
        api.request(Method::POST, "X26ABC1", &format!("/outbox/{id}/{number}"))
            .header("mex-chunk-range", range)
            .body(body)
    };
    // Chunk 3 before chunk 2: the recipient sees nothing yet (a sandbox fault).
    let answer = chunk("3", "3:3", "three").send().await.unwrap();
    assert_eq!(answer.status(), 202);
    assert_eq!(answer.text().await.unwrap(), "null");
    assert!(api.inbox("X26ABC2").await.is_empty());
    let gone = api.get("X26ABC2", &format!("/inbox/{id}")).await;
    assert_eq!(gone.status(), 410);

    for (number, range, status) in [
        ("2", "3:3", 417),
        ("2", "two", 417),
        ("2", "2:2:2", 417),
        ("4", "4:4", 406),
        ("two", "2:3", 400),
    ] {
        let answer = chunk(number, range, "x").send().await.unwrap();
        assert_eq!(answer.status(), status, "{number} {range}");
    }
    let encoded = chunk("2", "2:3", "two").header("content-encoding", "gzip");
    assert_eq!(encoded.send().await.unwrap().status(), 417);
    let stranger = api
        .request(Method::POST, "X26ABC3", &format!("/outbox/{id}/2"))
        .header("mex-chunk-range", "2:3")
        .body("two");
    assert_eq!(stranger.send().await.unwrap().status(), 403);
    let unknown = api
        .request(Method::POST, "X26ABC1", "/outbox/NOSUCHMESSAGE/2")
        .header("mex-chunk-range", "2:3")
        .body("two");
    assert_eq!(unknown.send().await.unwrap().status(), 404);

    let v1 = api
        .versioned(V1, Method::POST, "X26ABC1", &format!("/outbox/{id}/2"))
        .header("mex-chunk-range", "2:3")
        .body("two ");
    let answer = json(v1.send().await.unwrap()).await;
    assert_eq!(answer, serde_json::json!({ "messageID": id, "blockID": 2 }));
    let late = chunk("2", "2:3", "late").send().await.unwrap();
    assert_eq!(late.status(), 423);
    assert!(json(late).await["message"].is_string());

    let mut whole = String::new();
    for (number, status) in [(1, 206), (2, 206), (3, 200)] {
        let answer = api.get("X26ABC2", &format!("/inbox/{id}/{number}")).await;
        assert_eq!(answer.status(), status);
        assert_eq!(
            kit::header(&answer, "mex-chunk-range"),
            format!("{number}:3")
        );
        assert_eq!(kit::header(&answer, "mex-total-chunks"), "3");
        assert_eq!(
            kit::header(&answer, "content-type"),
            "application/octet-stream"
        );
        whole.push_str(&answer.text().await.unwrap());
    }
    assert_eq!(whole, "one two three");
    assert_eq!(
        api.get("X26ABC2", &format!("/inbox/{id}/4")).await.status(),
        404
    );
    assert_eq!(
        api.get("X26ABC2", &format!("/inbox/{id}/0")).await.status(),
        400
    );
    api.stop().await;
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_with_and_without_a_declared_length() {
    let settings = Settings {
        max_request_bytes: 100_000,
        ..Settings::sandbox()
    };
    let api = Api::start(settings, Options::default()).await;
    let fits = api.sending("X26ABC1", "X26ABC2").body(vec![b'x'; 100_000]);
    assert_eq!(fits.send().await.unwrap().status(), 202);
    let declared = api.sending("X26ABC1", "X26ABC2").body(vec![b'x'; 100_001]);
    assert_eq!(declared.send().await.unwrap().status(), 413);
    let pieces =
        futures_util::stream::iter((0..11).map(|_| Ok::<_, std::io::Error>(vec![0u8; 10_000])));
    let streamed = api
        .sending("X26ABC1", "X26ABC2")
        .body(reqwest::Body::wrap_stream(pieces));
    assert_eq!(streamed.send().await.unwrap().status(), 413);
    assert_eq!(api.inbox("X26ABC2").await.len(), 1);
    api.stop().await;
}

#[tokio::test]
async fn a_mailbox_beyond_its_quota_is_told_why_and_when_to_send_again_and_others_go_on() {
    for (quota, status, wait, reason) in [
        (
            QuotaSettings {
                stored_bytes: 150_000,
                ..QuotaSettings::none()
            },
            503,
            600..=600,
            "take as much room as they may",
        ),
        (
            QuotaSettings {
                waiting_messages: 1,
                ..QuotaSettings::none()
            },
            503,
            60..=60,
            "wait to be collected",
        ),
        (
            QuotaSettings {
                bytes_per_hour: 150_000,
                ..QuotaSettings::none()
            },
            429,
            3_500..=3_600,
            "within an hour",
        ),
    ] {
        let settings = Settings {
            quota,
            ..Settings::sandbox()
        };
        let api = Api::start(settings, Options::default()).await;
        let send = |from| api.sending(from, "X26ABC2").body(vec![b'x'; 100_000]);
        assert_eq!(send("X26ABC1").send().await.unwrap().status(), 202);
        let refused = send("X26ABC1").send().await.unwrap();
        assert_eq!(refused.status(), status, "{reason}");
        let seconds: u64 = kit::header(&refused, "retry-after").parse().unwrap();
        assert!(wait.contains(&seconds), "{reason}: {seconds}");
        let told = refused.text().await.unwrap();
        assert!(
            told.contains(reason) && told.contains("later is safe"),
            "{told}"
        );
        assert_eq!(send("X26ABC2").send().await.unwrap().status(), 202);
        assert_eq!(api.inbox("X26ABC2").await.len(), 2);
        api.stop().await;
    }
}

#[tokio::test]
async fn a_declared_length_beyond_the_limit_is_refused_before_a_byte_of_the_body_is_sent() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let settings = Settings {
        max_request_bytes: 100_000,
        ..Settings::sandbox()
    };
    let api = Api::start(settings, Options::default()).await;
    let address = api.url.trim_start_matches("http://").to_owned();
    for path in ["outbox", "outbox/20260114093013123456_000001/2"] {
        let head = format!(
            "POST /messageexchange/X26ABC1/{path} HTTP/1.1\r\nhost: localhost\r\n\
             authorization: {}\r\nmex-to: X26ABC2\r\nmex-workflowid: TEST_WORKFLOW\r\n\
             mex-chunk-range: 2:2\r\nexpect: 100-continue\r\ncontent-length: 100001\r\n\r\n",
            kit::token("X26ABC1")
        );
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = vec![0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 413");
    }
    api.stop().await;
}

#[tokio::test]
async fn a_client_that_waits_to_be_asked_for_its_body_is_refused_without_being_asked() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let api = Api::sandbox().await;
    let address = api.url.trim_start_matches("http://").to_owned();
    let good = kit::token("X26ABC1");
    let bad = good.replace("NHSMESH X26ABC1", "NHSMESH X26ABC2");
    for (token, path, to, status) in [
        (&bad, "outbox", "X26ABC2", "403"),
        (
            &bad,
            "outbox/20260114093013123456_000001/2",
            "X26ABC2",
            "403",
        ),
        (&good, "outbox", "NOSUCHBOX", "417"),
        (
            &good,
            "outbox/20260114093013123456_000001/2",
            "X26ABC2",
            "404",
        ),
        (&good, "outbox", "X26ABC2", "100"),
    ] {
        let range = if path == "outbox" { "1:2" } else { "2:2" };
        let head = format!(
            "POST /messageexchange/X26ABC1/{path} HTTP/1.1\r\nhost: localhost\r\n\
             authorization: {token}\r\nmex-to: {to}\r\nmex-workflowid: TEST_WORKFLOW\r\n\
             mex-chunk-range: {range}\r\nexpect: 100-continue\r\ncontent-length: 50000000\r\n\r\n",
        );
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = vec![0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert_eq!(answer, format!("HTTP/1.1 {status}"), "{path} to {to}");
    }
    api.stop().await;
}

#[tokio::test]
async fn a_body_that_drips_in_beyond_the_time_of_a_request_is_cut_off_and_leaves_nothing() {
    let options = Options {
        request_seconds: 1,
        ..Options::default()
    };
    let api = Api::start(Settings::sandbox(), options).await;
    let drops = futures_util::stream::unfold((), async |()| {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        Some((Ok::<_, std::io::Error>("x"), ()))
    });
    let slow = api
        .sending("X26ABC1", "X26ABC2")
        .body(reqwest::Body::wrap_stream(drops));
    let answer = slow.send().await.unwrap();
    assert_eq!(answer.status(), 408);
    assert_eq!(answer.bytes().await.unwrap(), "", "as described");
    assert!(api.inbox("X26ABC2").await.is_empty());
    api.stop().await;
}

#[tokio::test]
async fn workflow_rights_are_enforced_outside_the_sandbox() {
    let api = Api::strict().await;
    let allowed = api
        .sending("X26ABC1", "X26ABC2")
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(allowed.status(), 202);
    let forged = api
        .sending("X26ABC1", "X26ABC2")
        .header("mex-from", "X26ABC3")
        .body("x");
    let forged = forged.send().await.unwrap();
    assert_eq!(forged.status(), 417);
    assert_eq!(json(forged).await["detail"][0]["code"], "07");
    for (from, to, code) in [("X26ABC2", "X26ABC2", "16"), ("X26ABC1", "X26ABC3", "17")] {
        let answer = api.sending(from, to).body("x").send().await.unwrap();
        assert_eq!(answer.status(), 417);
        assert_eq!(json(answer).await["detail"][0]["code"], code);
    }
    api.stop().await;
}
