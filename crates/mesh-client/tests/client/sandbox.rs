//! Against the real mesh-sandbox (PyPI), when `RESTANTE_MESH_SANDBOX_URL` says where it runs with
//! full authentication, shared key `TestKey` and its own mailboxes.

use std::sync::Arc;

use crate::kit::{Practice, names, noise, read_control};
use mesh_client::Cycle;
use mesh_client::api::{Connection, ConnectionSettings, InboxQuery, MeshClient};
use nhs::{MailboxId, OdsCode, SystemClock, SystemRandomness, WorkflowId};

fn sandbox() -> Option<String> {
    let url = std::env::var("RESTANTE_MESH_SANDBOX_URL").ok();
    if url.is_none() {
        println!("RESTANTE_MESH_SANDBOX_URL is not set: not run against mesh-sandbox");
    }
    url
}

fn client(url: &str, mailbox: &str) -> MeshClient {
    let settings = ConnectionSettings::plain(url, "TestKey".into());
    let connection =
        Connection::new(&settings, Arc::new(SystemClock), Arc::new(SystemRandomness)).unwrap();
    connection.mailbox(MailboxId::parse(mailbox).unwrap(), "password".into())
}

/// One test, for the sandbox's mailboxes are shared: small, compressed and chunked messages go from
/// OUT to IN byte for byte, there and back; refused ones to FAILED; a report comes as a control file
/// only; the library sees the same.
#[tokio::test]
async fn messages_travel_through_mesh_sandbox_byte_for_byte() {
    let Some(url) = sandbox() else { return };
    let (one, other) = (practice(&url, "X26ABC1"), practice(&url, "X26ABC2"));
    empty_inbox(&one).await;
    empty_inbox(&other).await;
    travel(&one, &other).await;
    travel(&other, &one).await;
    a_refused_one_fails(&one).await;
    a_report_is_a_control_file(&url, &one).await;
    the_library_sees_the_same(&url, &one).await;
    it_waits_for_nobody(&url).await;
}

/// A wait that is preferred changes nothing there: its answer comes at once, and does not say that it was applied.
async fn it_waits_for_nobody(url: &str) {
    let client = client(url, "X26ABC1");
    for seconds in [0, 3600] {
        let page = client
            .inbox_page_within(&InboxQuery::default(), None, seconds)
            .await
            .unwrap();
        assert_eq!((page.applied_wait(), page.messages.len()), (None, 0));
    }
}

fn practice(url: &str, mailbox: &str) -> Practice {
    let mut practice = Practice::new(url, mailbox);
    practice.config.options.request_limit = 100_000;
    practice.config.options.chunk_size = 40_000;
    practice
}

/// An earlier run may have left something.
async fn empty_inbox(practice: &Practice) {
    practice.agent().run_once().await.unwrap();
    for name in names(&practice.path("IN")) {
        std::fs::remove_file(practice.path("IN").join(name)).unwrap();
    }
}

async fn travel(sender: &Practice, receiver: &Practice) {
    let to = receiver.id.as_str();
    let mut control = sender.control(to);
    sender.put("small", b"a small message", &control.write());
    control.compress = Some(true);
    sender.put("gzip", &b"compress me ".repeat(1000), &control.write());
    control.allow_chunking = Some(true);
    sender.put("large-gzip", &noise(150_002), &control.write());
    control.compress = Some(false);
    sender.put("large", &noise(150_001), &control.write());

    let cycle = sender.agent().run_once().await.unwrap();
    assert_eq!((cycle.sent, cycle.failed), (4, 0));
    assert!(names(&sender.path("OUT")).is_empty());
    let cycle = receiver.agent().run_once().await.unwrap();
    let all_four = Cycle {
        received: 4,
        acknowledged: 4,
        ..Cycle::default()
    };
    assert_eq!(cycle, all_four);
    for base in ["small", "gzip", "large", "large-gzip"] {
        let sent = read_control(&sender.path(&format!("SENT/{base}.ctl")));
        let id = sent.dts_id.unwrap();
        let there = std::fs::read(receiver.path(&format!("IN/{id}.dat"))).unwrap();
        let here = std::fs::read(sender.path(&format!("SENT/{base}.dat"))).unwrap();
        assert!(there == here, "{base}");
        let control = read_control(&receiver.path(&format!("IN/{id}.ctl")));
        assert_eq!(control.subject, sent.subject);
        assert_eq!(control.from_dts.as_deref(), Some(sender.id.as_str()));
        assert_eq!(control.status.unwrap().code.as_str(), "00");
    }
}

async fn a_refused_one_fails(sender: &Practice) {
    sender.put("refused", b"x", &sender.control("NOBODY").write());
    let cycle = sender.agent().run_once().await.unwrap();
    assert_eq!((cycle.sent, cycle.failed), (0, 1));
    let failed = read_control(&sender.path("FAILED/refused.ctl")).status;
    let failed = failed.unwrap();
    let (event, code) = (failed.event.as_str(), failed.code.as_str());
    assert_eq!((event, code), ("SEND", "12"));
}

/// The sandbox makes a report when its administrator asks.
async fn a_report_is_a_control_file(url: &str, practice: &Practice) {
    let asked = serde_json::json!({
        "mailbox_id": practice.id.as_str(), "code": "14", "workflow_id": "TEST_WORKFLOW",
        "description": "Message not collected by recipient after 5 days", "local_id": "local-1",
        "status": "undeliverable", "linked_message_id": "0123456789ABCDEF0123456789ABCDEF",
    });
    let route = format!("{url}/messageexchange/admin/report");
    _ = rustls::crypto::ring::default_provider().install_default();
    let answer = reqwest::Client::new().post(route).json(&asked).send().await;
    let answer = answer.unwrap().error_for_status().unwrap();
    let answer: serde_json::Value = answer.json().await.unwrap();
    let id = answer["message_id"].as_str().unwrap();

    let cycle = practice.agent().run_once().await.unwrap();
    let one_report = Cycle {
        reports: 1,
        acknowledged: 1,
        ..Cycle::default()
    };
    assert_eq!(cycle, one_report);
    assert!(!practice.path(&format!("IN/{id}.dat")).exists());
    let report = read_control(&practice.path(&format!("IN/{id}.ctl")));
    assert!(report.is_error_report());
    assert_eq!(report.dts_id.as_deref(), Some(id));
    assert_eq!(report.local_id.as_deref(), Some("local-1"));
    let linked = report.partner_id.as_deref();
    assert_eq!(linked, Some("0123456789ABCDEF0123456789ABCDEF"));
    assert_eq!(report.status.unwrap().code.as_str(), "14");
}

async fn the_library_sees_the_same(url: &str, sender: &Practice) {
    let library = client(url, sender.id.as_str());
    let id = read_control(&sender.path("SENT/small.ctl")).dts_id.unwrap();
    let tracked = library.track(&id.parse().unwrap()).await.unwrap();
    assert_eq!(tracked.status.as_deref(), Some("acknowledged"));
    let organisation = OdsCode::parse("X26").unwrap();
    let workflow = WorkflowId::parse("TEST_WORKFLOW").unwrap();
    let found = library.endpoint_lookup(&organisation, &workflow).await;
    let found = found.unwrap();
    assert!(found.iter().any(|mailbox| mailbox.mailbox_id == "X26ABC2"));
    let waiting = client(url, "X26ABC2").list_inbox().await.unwrap();
    assert!(waiting.is_empty());
}

#[tokio::test]
async fn every_page_of_an_inbox_is_listed() {
    let Some(url) = sandbox() else { return };
    let (from, to) = (client(&url, "X26ABC1"), client(&url, "X26ABC3"));
    let workflow = WorkflowId::parse("TEST_WORKFLOW").unwrap();
    let mut sent = Vec::new();
    for _ in 0..25 {
        let headers = mesh::SendHeaders::new("X26ABC3", workflow.clone());
        sent.push(from.send(headers, &b"x"[..]).await.unwrap());
    }
    let query = mesh_client::api::InboxQuery {
        max_results: Some(10),
        workflow_filter: None,
    };
    // the peer answers a send before the message is in its inbox
    let mut listed = Vec::new();
    for _ in 0..100 {
        listed = to.list_inbox_with(&query).await.unwrap();
        if sent.iter().all(|id| listed.contains(id)) {
            break;
        }
    }
    assert!(sent.iter().all(|id| listed.contains(id)));
    for id in listed {
        let mut body = Vec::new();
        let headers = to.download(&id, &mut body).await.unwrap();
        assert_eq!(
            (headers.message_id, body.as_slice()),
            (id.clone(), b"x".as_slice())
        );
        to.acknowledge(&id).await.unwrap();
    }
    assert!(to.list_inbox().await.unwrap().is_empty());
}
