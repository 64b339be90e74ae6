//! Against the real mesh-sandbox (PyPI), when `RESTANTE_MESH_SANDBOX_URL` says where it runs with
//! full authentication, shared key `TestKey` and its own mailboxes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod support;

use std::sync::Arc;

use mesh_client::Cycle;
use mesh_client::api::{Connection, ConnectionSettings, MeshClient};
use nhs::{MailboxId, OdsCode, SystemClock, SystemRandomness, WorkflowId};
use support::{Practice, names, noise, read_control};

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
/// OUT to IN byte for byte; refused ones to FAILED; the library sees the same.
#[tokio::test]
async fn messages_travel_through_mesh_sandbox_byte_for_byte() {
    let Some(url) = sandbox() else { return };
    let mut sender = Practice::new(&url, "X26ABC1");
    let receiver = Practice::new(&url, "X26ABC2");
    sender.config.options.request_limit = 100_000;
    sender.config.options.chunk_size = 40_000;
    receiver.agent().run_once().await.unwrap();
    for name in names(&receiver.path("IN")) {
        std::fs::remove_file(receiver.path("IN").join(name)).unwrap();
    }

    let small = sender.control("X26ABC2");
    sender.put("small", b"a small message", &small.write());
    let mut gzip = sender.control("X26ABC2");
    gzip.compress = Some(true);
    sender.put("gzip", &b"compress me ".repeat(1000), &gzip.write());
    let mut large = sender.control("X26ABC2");
    large.allow_chunking = Some(true);
    sender.put("large", &noise(150_001), &large.write());
    large.compress = Some(true);
    sender.put("large-gzip", &noise(150_002), &large.write());
    sender.put("refused", b"x", &sender.control("NOBODY").write());

    let agent = sender.agent();
    let cycle = agent.run_once().await.unwrap();
    assert_eq!((cycle.sent, cycle.failed), (4, 1));
    let failed = read_control(&sender.path("FAILED/refused.ctl"))
        .status
        .unwrap();
    assert_eq!(
        (failed.event.as_str(), failed.code.as_str()),
        ("SEND", "12")
    );
    assert!(names(&sender.path("OUT")).is_empty());

    let cycle = receiver.agent().run_once().await.unwrap();
    assert_eq!(
        cycle,
        Cycle {
            received: 4,
            acknowledged: 4,
            ..Cycle::default()
        }
    );
    for base in ["small", "gzip", "large", "large-gzip"] {
        let sent = read_control(&sender.path(&format!("SENT/{base}.ctl")));
        let id = sent.dts_id.unwrap();
        let there = std::fs::read(receiver.path(&format!("IN/{id}.dat"))).unwrap();
        let here = std::fs::read(sender.path(&format!("SENT/{base}.dat"))).unwrap();
        assert!(there == here, "{base}");
        let control = read_control(&receiver.path(&format!("IN/{id}.ctl")));
        assert_eq!(control.subject, sent.subject);
        assert_eq!(control.from_dts.as_deref(), Some("X26ABC1"));
        assert_eq!(control.status.unwrap().code.as_str(), "00");
    }

    let library = client(&url, "X26ABC1");
    let id = read_control(&sender.path("SENT/small.ctl")).dts_id.unwrap();
    let tracked = library.track(&id.parse().unwrap()).await.unwrap();
    assert_eq!(tracked.status.as_deref(), Some("acknowledged"));
    let found = library
        .endpoint_lookup(
            &OdsCode::parse("X26").unwrap(),
            &WorkflowId::parse("TEST_WORKFLOW").unwrap(),
        )
        .await
        .unwrap();
    assert!(found.iter().any(|mailbox| mailbox.mailbox_id == "X26ABC2"));
    assert!(
        client(&url, "X26ABC2")
            .list_inbox()
            .await
            .unwrap()
            .is_empty()
    );
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
    let listed = to.list_inbox_with(&query).await.unwrap();
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
