//! Collecting: list, page, filter, download, acknowledge, track.

use crate::kit::{self, Api, V1, gunzip, gzip, header, json};
use exchange::Settings;
use mesh_server::Options;
use reqwest::Method;
use reqwest::header::HeaderValue;

#[tokio::test]
async fn what_a_sender_said_comes_back_byte_for_byte() {
    let api = Api::sandbox().await;
    let latin_1 = HeaderValue::from_bytes(b"caf\xe9").unwrap();
    let utf_8 = HeaderValue::from_bytes("Señor café".as_bytes()).unwrap();
    let answer = api
        .sending("X26ABC1", "X26ABC2")
        .header("mex-subject", latin_1.clone())
        .header("mex-filename", utf_8.clone())
        .header("mex-localid", "local 1")
        .header("mex-partnerid", "partner")
        .header("mex-content-checksum", "sha256: ab12")
        .header("mex-content-compressed", "yes")
        .header("mex-content-encrypted", "nonsense")
        .header("content-type", "Text/Plain")
        .body("hello")
        .send()
        .await
        .unwrap();
    let id = json(answer).await["message_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let download = api
        .get("X26ABC2", &format!("/inbox/{}", id.to_lowercase()))
        .await;
    let head = api
        .request(Method::HEAD, "X26ABC2", &format!("/inbox/{id}"))
        .send()
        .await
        .unwrap();
    let senders = api
        .request(Method::HEAD, "X26ABC1", &format!("/inbox/{id}"))
        .send()
        .await
        .unwrap();
    for answer in [&download, &head, &senders] {
        assert_eq!(answer.status(), 200);
        let headers = answer.headers();
        assert_eq!(headers["mex-subject"], latin_1);
        assert_eq!(headers["mex-filename"], utf_8);
        for (name, value) in [
            ("mex-from", "X26ABC1"),
            ("mex-to", "X26ABC2"),
            ("mex-workflowid", "TEST_WORKFLOW"),
            ("mex-chunk-range", "1:1"),
            ("mex-total-chunks", "1"),
            ("mex-addresstype", "ALL"),
            ("mex-localid", "local 1"),
            ("mex-partnerid", "partner"),
            ("mex-version", "1.0"),
            ("mex-messagetype", "DATA"),
            ("mex-messageid", id.as_str()),
            ("mex-content-compressed", "Y"),
            ("mex-content-checksum", "sha256: ab12"),
            ("mex-statuscode", "00"),
            ("mex-statusevent", "TRANSFER"),
            ("mex-statussuccess", "SUCCESS"),
        ] {
            assert_eq!(header(answer, name), value, "{name}");
        }
        assert!(!headers.contains_key("mex-content-encrypted"));
        assert!(header(answer, "last-modified").ends_with(" GMT"));
        assert_eq!(header(answer, "mex-statustimestamp").len(), 14);
    }
    assert_eq!(header(&download, "content-type"), "text/plain");
    assert_eq!(header(&download, "content-length"), "5");
    assert_eq!(download.text().await.unwrap(), "hello");
    let v1 = api.versioned(V1, Method::GET, "X26ABC2", &format!("/inbox/{id}"));
    let v1 = v1.send().await.unwrap();
    assert_eq!(header(&v1, "content-type"), "application/octet-stream");
    let stranger = api.get("X26ABC3", &format!("/inbox/{id}")).await;
    assert_eq!(stranger.status(), 403);
    let stranger = api.request(Method::HEAD, "X26ABC3", &format!("/inbox/{id}"));
    assert_eq!(stranger.send().await.unwrap().status(), 404);
    api.stop().await;
}

#[tokio::test]
async fn gzip_is_made_and_undone_where_the_two_sides_differ() {
    let api = Api::sandbox().await;
    let plain = "the same again, ".repeat(1000);
    let compressed = gzip(plain.as_bytes());
    let request = api
        .sending("X26ABC1", "X26ABC2")
        .header("content-encoding", "GZIP");
    let answer = request.body(compressed.clone()).send().await.unwrap();
    let stored_gzip = json(answer).await["message_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let stored_plain = api.send("X26ABC1", "X26ABC2", plain.clone()).await;
    let get = |version: &'static str, id: &str, accept: &'static str| {
        api.versioned(version, Method::GET, "X26ABC2", &format!("/inbox/{id}"))
            .header("accept-encoding", accept)
            .send()
    };

    for version in [V1, kit::V2] {
        let answer = get(version, &stored_gzip, "gzip").await.unwrap();
        assert_eq!(header(&answer, "content-encoding"), "gzip");
        assert_eq!(answer.bytes().await.unwrap(), compressed);
        let answer = get(version, &stored_gzip, "identity").await.unwrap();
        assert_eq!(header(&answer, "content-encoding"), "");
        assert_eq!(answer.text().await.unwrap(), plain);
        let answer = get(version, &stored_plain, "identity").await.unwrap();
        assert_eq!(answer.text().await.unwrap(), plain);
    }
    let answer = get(V1, &stored_plain, "gzip").await.unwrap();
    assert_eq!(header(&answer, "content-encoding"), "");
    let answer = get(kit::V2, &stored_plain, "gzip").await.unwrap();
    assert_eq!(header(&answer, "content-encoding"), "gzip");
    assert_eq!(
        header(&answer, "mex-content-compressed"),
        "",
        "the sender did not say so"
    );
    assert_eq!(gunzip(&answer.bytes().await.unwrap()), plain.as_bytes());
    api.stop().await;
}

#[tokio::test]
async fn what_gzip_would_not_shrink_is_sent_as_it_is() {
    let api = Api::sandbox().await;
    let compressed_already = gzip(&bytes(40_000));
    for body in [compressed_already, bytes(100_000)] {
        let id = api.send("X26ABC1", "X26ABC2", body.clone()).await;
        let answer = api
            .versioned(kit::V2, Method::GET, "X26ABC2", &format!("/inbox/{id}"))
            .header("accept-encoding", "gzip")
            .send()
            .await
            .unwrap();
        assert_eq!(header(&answer, "content-encoding"), "");
        assert_eq!(answer.bytes().await.unwrap(), body);
    }
    api.stop().await;
}

/// Bytes without any pattern.
fn bytes(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(next).collect()
}

#[tokio::test]
async fn a_body_that_was_declared_gzip_and_is_not_is_delivered_as_it_came() {
    let api = Api::sandbox().await;
    let request = api
        .sending("X26ABC1", "X26ABC2")
        .header("content-encoding", "gzip");
    let answer = request.body("not gzip at all").send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let id = json(answer).await["message_id"]
        .as_str()
        .unwrap()
        .to_owned();
    for accept in ["gzip", "identity"] {
        let answer = api
            .request(Method::GET, "X26ABC2", &format!("/inbox/{id}"))
            .header("accept-encoding", accept)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(header(&answer, "content-encoding"), "");
        assert_eq!(answer.text().await.unwrap(), "not gzip at all");
    }
    api.stop().await;
}

#[tokio::test]
async fn the_inbox_is_paged_by_links_even_past_an_acknowledged_anchor() {
    let api = Api::sandbox().await;
    let mut sent = Vec::new();
    for _ in 0..25 {
        sent.push(api.send("X26ABC1", "X26ABC2", "x").await);
    }
    let first = json(api.get("X26ABC2", "/inbox?max_results=10").await).await;
    assert_eq!(first["approx_inbox_count"], 25);
    assert_eq!(first["messages"].as_array().unwrap(), &sent[..10]);
    assert_eq!(
        first["links"]["self"],
        "/messageexchange/X26ABC2/inbox?max_results=10"
    );
    let acknowledged = format!("/inbox/{}/status/acknowledged", sent[9]);
    let answer = api
        .request(Method::PUT, "X26ABC2", &acknowledged)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let next = first["links"]["next"].as_str().unwrap();
    let next = next.strip_prefix("/messageexchange/X26ABC2").unwrap();
    let second = json(api.get("X26ABC2", next).await).await;
    assert_eq!(second["messages"].as_array().unwrap(), &sent[10..20]);
    let v1 = format!("/inbox?max_results=10&continue_from={}", sent[19]);
    let third = api
        .versioned(V1, Method::GET, "X26ABC2", &v1)
        .send()
        .await
        .unwrap();
    assert_eq!(
        json(third).await,
        serde_json::json!({ "messages": sent[20..] })
    );
    api.stop().await;
}

#[tokio::test]
async fn listings_refuse_what_is_out_of_range_and_never_fail() {
    let api = Api::sandbox().await;
    for query in [
        "max_results=9",
        "max_results=5001",
        "max_results=ten",
        "continue_from=short",
        "continue_from=nonsense-nonsense-nonsense-nonsense",
        "workflow_filter=X",
    ] {
        let answer = api.get("X26ABC2", &format!("/inbox?{query}")).await;
        assert_eq!(answer.status(), 400, "{query}");
    }
    for query in ["start_time=yesterday", "max_results=0", "continue_from=x"] {
        let answer = api.get("X26ABC2", &format!("/inbox/rich?{query}")).await;
        assert_eq!(answer.status(), 400, "{query}");
    }
    for time in [
        "2022-05-20T14:35:52Z",
        "2022-05-20T15:35:52%2B01:00",
        "2022-05-20",
    ] {
        let answer = api
            .get("X26ABC2", &format!("/outbox/rich?start_time={time}"))
            .await;
        assert_eq!(answer.status(), 200, "{time}");
        assert_eq!(header(&answer, "content-type"), kit::V2);
    }
    api.stop().await;
}

#[tokio::test]
async fn the_workflow_filter_has_all_its_forms() {
    let api = Api::sandbox().await;
    for workflow in ["ALPHA", "ALPHA_ACK", "BETA"] {
        let request = api
            .request(Method::POST, "X26ABC1", "/outbox")
            .header("mex-to", "X26ABC2");
        let answer = request
            .header("mex-workflowid", workflow)
            .body("x")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 202);
    }
    for (filter, found) in [
        ("ALPHA", 1),
        ("!ALPHA", 2),
        ("ALPHA*", 2),
        ("!ALPHA*", 1),
        ("*_ACK*", 1),
        ("!*_ACK*", 2),
        ("alpha", 0),
    ] {
        let page = json(
            api.get("X26ABC2", &format!("/inbox?workflow_filter={filter}"))
                .await,
        )
        .await;
        assert_eq!(
            page["messages"].as_array().unwrap().len(),
            found,
            "{filter}"
        );
        assert_eq!(page["approx_inbox_count"], 3);
    }
    api.stop().await;
}

#[tokio::test]
async fn an_acknowledged_message_leaves_the_inbox_and_its_sender_can_tell() {
    let api = Api::sandbox().await;
    let request = api
        .sending("X26ABC1", "X26ABC2")
        .header("mex-localid", "my/id 1");
    let answer = request.body("hello").send().await.unwrap();
    let id = json(answer).await["message_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/inbox/{id}/status/acknowledged");
    assert_eq!(
        api.request(Method::PUT, "X26ABC1", &path)
            .send()
            .await
            .unwrap()
            .status(),
        403
    );
    let count = json(api.get("X26ABC2", "/count").await).await;
    assert_eq!(count, serde_json::json!({ "count": 1 }));
    let count = api
        .versioned(V1, Method::GET, "X26ABC2", "/count")
        .send()
        .await
        .unwrap();
    let count = json(count).await;
    assert_eq!(
        (&count["count"], &count["allResultsIncluded"]),
        (&1.into(), &true.into())
    );

    for version in [V1, kit::V2] {
        let answer = api.versioned(version, Method::PUT, "X26ABC2", &path);
        let answer = answer.body("[]").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let body = answer.text().await.unwrap();
        let expected = if version == V1 {
            format!(r#"{{"messageId":"{id}"}}"#)
        } else {
            String::new()
        };
        assert_eq!(body, expected);
    }
    assert!(api.inbox("X26ABC2").await.is_empty());
    let tracking = format!("/outbox/tracking?messageID={id}");
    let v2 = json(api.get("X26ABC1", &tracking).await).await;
    assert_eq!(v2["status"], "acknowledged");
    assert_eq!(v2["status_success"], true);
    assert_eq!(v2["local_id"], "my/id 1");
    assert_eq!(v2["recipient_ods_code"], "X26");
    let by_local_id = json(api.get("X26ABC1", "/outbox/tracking/my%2Fid%201").await).await;
    assert_eq!(by_local_id["status"], "Acknowledged");
    assert_eq!(by_local_id["statusSuccess"], "SUCCESS");
    assert_eq!(by_local_id["fileSize"], 5);
    assert_eq!(by_local_id["downloadTimestamp"].as_str().unwrap().len(), 14);
    assert_eq!(api.get("X26ABC2", &tracking).await.status(), 404);
    assert_eq!(api.get("X26ABC1", "/outbox/tracking").await.status(), 400);
    assert_eq!(
        api.get("X26ABC1", "/outbox/tracking/none").await.status(),
        404
    );
    let again = api
        .sending("X26ABC1", "X26ABC2")
        .header("mex-localid", "my/id 1");
    assert_eq!(again.body("hello").send().await.unwrap().status(), 202);
    assert_eq!(
        api.get("X26ABC1", "/outbox/tracking/my%2Fid%201")
            .await
            .status(),
        300
    );
    api.stop().await;
}

#[tokio::test]
async fn a_report_is_listed_downloaded_without_a_body_and_acknowledged() {
    let api = Api::sandbox().await;
    let report = serde_json::json!({
        "mailbox_id": "X26ABC1", "code": "21", "description": "my error", "workflow_id": "W",
        "status": "error", "subject": "s", "linked_message_id": "ab12",
    });
    let url = format!("{}/messageexchange/admin/report", api.url);
    let answer = api
        .http
        .post(url)
        .body(report.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let id = json(answer).await["message_id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(api.inbox("X26ABC1").await, std::slice::from_ref(&id));
    let answer = api.get("X26ABC1", &format!("/inbox/{id}")).await;
    assert_eq!(answer.status(), 200);
    for (name, value) in [
        ("mex-messagetype", "REPORT"),
        ("mex-statuscode", "21"),
        ("mex-statusdescription", "my error"),
        ("mex-statussuccess", "ERROR"),
        ("mex-linkedmsgid", "ab12"),
        ("mex-chunk-range", "1:0"),
        ("mex-total-chunks", "0"),
        ("mex-from", ""),
        ("content-type", ""),
        ("content-length", "0"),
    ] {
        assert_eq!(header(&answer, name), value, "{name}");
    }
    assert_eq!(answer.text().await.unwrap(), "");
    api.stop().await;
}

#[tokio::test]
async fn damaged_gzip_is_refused_when_it_comes_whole() {
    let api = Api::sandbox().await;
    let whole = gzip("results ".repeat(200).as_bytes());
    let cut = whole[..whole.len() - 9].to_vec();
    let mut changed = whole.clone();
    changed[whole.len() - 6] ^= 255;
    for (body, status) in [
        (cut, 400),
        (changed, 400),
        (b"plain".to_vec(), 202),
        (whole, 202),
    ] {
        let request = api.sending("X26ABC1", "X26ABC2");
        let request = request.header("content-encoding", "gzip").body(body);
        assert_eq!(request.send().await.unwrap().status(), status);
    }
    assert_eq!(api.inbox("X26ABC2").await.len(), 2);
    api.stop().await;
}

#[tokio::test]
async fn a_reader_without_gzip_gets_a_status_for_damaged_gzip_and_its_sender_a_report() {
    // beside what fits, a body that is too long to be kept while it is expanded
    for plain in ["results ".repeat(200), "results ".repeat(400_000)] {
        let api = Api::sandbox().await;
        let mut chunk = gzip(plain.as_bytes());
        let last = chunk.len() - 6;
        chunk[last] ^= 255;
        let first = api
            .sending("X26ABC1", "X26ABC2")
            .header("mex-chunk-range", "1:2");
        let first = first.header("content-encoding", "gzip").body(chunk);
        let id = json(first.send().await.unwrap()).await["message_id"].clone();
        let id = id.as_str().unwrap();
        let second = api.request(Method::POST, "X26ABC1", &format!("/outbox/{id}/2"));
        let second = second.header("mex-chunk-range", "2:2");
        let second = second.header("content-encoding", "gzip").body(gzip(b"end"));
        assert_eq!(second.send().await.unwrap().status(), 202);

        for _ in 0..2 {
            let answer = api.request(Method::GET, "X26ABC2", &format!("/inbox/{id}"));
            let answer = answer
                .header("accept-encoding", "identity")
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 410);
        }
        assert!(api.inbox("X26ABC2").await.is_empty());
        let reports = api.inbox("X26ABC1").await;
        assert_eq!(reports.len(), 1, "reported once");
        let report = api.get("X26ABC1", &format!("/inbox/{}", reports[0])).await;
        assert_eq!(header(&report, "mex-linkedmsgid"), id);
        assert!(header(&report, "mex-statusdescription").contains("gzip is damaged"));
        api.stop().await;
    }
}

#[tokio::test]
async fn a_gzip_that_expands_beyond_measure_is_for_readers_of_gzip_only() {
    let options = Options {
        expanded_bytes: 12 * 1024 * 1024,
        ..Options::default()
    };
    let api = Api::start(Settings::sandbox(), options).await;
    let mixed = bytes(64 * 1024).repeat(13 * 16);
    for (plain, expanded) in [
        (vec![0; 9 * 1024 * 1024], true),
        // a thousandfold, beyond ten megabytes
        (vec![0; 11 * 1024 * 1024], false),
        // beyond the limit of size
        (mixed, false),
    ] {
        let stored = gzip(&plain);
        let sent = api.sending("X26ABC1", "X26ABC2");
        let sent = sent.header("content-encoding", "gzip").body(stored.clone());
        let sent = json(sent.send().await.unwrap()).await;
        let id = sent["message_id"].as_str().unwrap();
        let get = |accept: &'static str| {
            let request = api.request(Method::GET, "X26ABC2", &format!("/inbox/{id}"));
            request.header("accept-encoding", accept).send()
        };
        let answer = get("identity").await.unwrap();
        if expanded {
            assert_eq!(answer.bytes().await.unwrap(), plain);
        } else {
            assert_eq!(answer.status(), 406);
            assert!(
                answer
                    .text()
                    .await
                    .unwrap()
                    .contains("Accept-Encoding: gzip")
            );
        }
        let answer = get("gzip").await.unwrap();
        assert_eq!(answer.bytes().await.unwrap(), stored);
    }
    api.stop().await;
}

/// Both as the service's own description has it; nothing else of a message of others is told, and who asks
/// for ids by guess is held to the pace of a mailbox.
#[tokio::test]
async fn a_message_of_others_is_403_and_none_404_but_where_only_senders_ask_both_404() {
    let api = Api::strict().await;
    let others = api.send("X26ABC1", "X26ABC2", "x").await;
    let none = "20260114093013123456_000001";
    for (method, path, of_others) in [
        (Method::GET, "/inbox/{id}", 403),
        (Method::GET, "/inbox/{id}/1", 403),
        (Method::PUT, "/inbox/{id}/status/acknowledged", 403),
        (Method::HEAD, "/inbox/{id}", 404),
        (Method::GET, "/outbox/tracking?messageID={id}", 404),
        (Method::GET, "/outbox/tracking/{id}", 404),
    ] {
        for (id, expected) in [(others.as_str(), of_others), (none, 404)] {
            let request = api.request(method.clone(), "X26ABC3", &path.replace("{id}", id));
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), expected, "{method} {path} {id}");
        }
    }
    api.stop().await;
}
