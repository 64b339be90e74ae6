//! What version 0.1 left in a mailbox when it was killed is taken over: each message is sent once, and each is
//! in IN once.
//!
//! `fixtures/0.1/A81001OT001` was written by version 0.1 against `kit::server` at
//! 2026-11-27T18:30:00Z, with requests and chunks of 1,000 bytes:
//!
//! | place | state |
//! |---|---|
//! | `OUT/waiting` | not claimed yet |
//! | `TEMP/out-…/claimed` | claimed, not tried; 0.1 ended before it had written the report of it |
//! | `TEMP/out-…/half` | ID0006, two of its three chunks are sent |
//! | `TEMP/out-…/doubt` | the answer to the send was lost; the server has it as ID0005 |
//! | `TEMP/out-…/accepted` | ID0003, to be moved to SENT |
//! | `TEMP/in-ID0001` | two of its three chunks are here |
//! | `TEMP/in-ID0004` | whole, to be moved to IN |
//! | `published.log` | ID0000, in IN; its acknowledgement was lost |
//! | `sent.log` | ID0002 (`SENT/done`) and ID0003 |
//!
//! What 0.1 left in the middle of two steps was added by its source:
//!
//! | place | state |
//! |---|---|
//! | `TEMP/out-…/torn` | the control file was claimed, its data is in OUT |
//! | `TEMP/out-…/refused` | its data is in FAILED, control file and report not yet in their places |
//! | `TEMP/in-ID0007` | its data is in IN, its control file not |
//! | `published.log`, `sent.log` | the last line was cut by a loss of power: ID0001 and ID0005 are not noted |
//! | `TEMP/out-…/half` | the next state of the attempt was being written |
//!
//! `client.toml` and `meshclient.cfg` say the same in the two ways that 0.1 read.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use mesh::{HeaderText, SendHeaders};
use mesh_client::Cycle;
use mesh_client::config::{Loaded, Options, load};
use nhs::{MessageId, WorkflowId};

use crate::kit::server::{Message, Server};
use crate::kit::{Hands, Practice, names, read_control};

const A: &str = "A81001OT001";
const B: &str = "A20047OT001";

/// The text of which a fixture's large files are the beginning.
fn lines(name: &str) -> Vec<u8> {
    let mut text: String = (1..200).map(|n| format!("{name}, line {n:04}\n")).collect();
    text.truncate(2_500);
    text.into_bytes()
}

fn message(n: usize, to: &str, local_id: Option<&str>, chunks: &[&[u8]], total: usize) -> Message {
    let mut headers = SendHeaders::new(to, WorkflowId::parse("TEST_WORKFLOW").unwrap());
    headers.local_id = local_id.map(HeaderText::from);
    headers.file_name =
        local_id.map(|id| format!("{}.dat", id.trim_start_matches("local-")).into());
    Message {
        id: MessageId::parse(&format!("ID{n:04}")).unwrap(),
        headers,
        chunks: chunks
            .iter()
            .map(|chunk| Bytes::copy_from_slice(chunk))
            .collect(),
        total,
        acknowledged: 0,
        sent_at: jiff::Timestamp::now(),
        report: None,
    }
}

/// What the server had when 0.1 was killed.
fn on_the_server() -> Vec<Message> {
    let (half, received) = (lines("half sent"), lines("half received"));
    let chunks = |data: &'static [u8]| data.chunks(1_000).collect::<Vec<_>>();
    let (half, received) = (chunks(half.leak()), chunks(received.leak()));
    vec![
        message(0, A, None, &[b"received and not acknowledged"], 1),
        message(1, A, None, &received, 3),
        message(2, B, Some("local-done"), &[b"sent before"], 1),
        message(
            3,
            B,
            Some("local-accepted"),
            &[b"accepted, not in SENT yet"],
            1,
        ),
        message(4, A, None, &[b"whole, not in IN yet"], 1),
        message(
            5,
            B,
            Some("local-doubt"),
            &[b"the answer to this was lost"],
            1,
        ),
        message(6, B, Some("local-half"), &half[..2], 3),
        message(7, A, None, &[b"published in part"], 1),
    ]
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A file of 0.1's, with these variables.
fn configuration(file: &str, variables: &[(&str, &str)]) -> Loaded {
    let path = fixtures().join(file);
    let variable =
        |(name, value): &(&str, &str)| (format!("RESTANTE_CLIENT__{name}"), (*value).to_owned());
    load(&path, &[], variables.iter().map(variable)).unwrap()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/0.1")
}

#[tokio::test]
async fn a_mailbox_that_version_0_1_left_is_taken_over() {
    take_over("client.toml").await;
}

#[tokio::test]
async fn a_mailbox_that_version_0_1_served_by_a_meshclient_cfg_is_taken_over() {
    take_over("meshclient.cfg").await;
}

async fn take_over(file: &str) {
    let server = Server::start().await;
    server.mail.lock().unwrap().messages = on_the_server();
    let mut practice = Practice::new(&server.url, A);
    let work = tempfile::tempdir().unwrap();
    let loaded = configuration(
        file,
        &[
            ("SERVER__URL", &server.url),
            ("WORK_PATH", work.path().to_str().unwrap()),
            ("OPTIONS__REQUEST_LIMIT", "1000"),
            (
                "MAILBOX__A81001OT001__DIRECTORY",
                practice.directory.path().to_str().unwrap(),
            ),
        ],
    );
    assert!(loaded.remarks.is_empty(), "{:?}", loaded.remarks);
    practice.config = loaded.config;
    practice.clock = Arc::new(Hands(Mutex::new("2026-11-27T19:30:00Z".parse().unwrap())));
    copy(&fixtures().join(A), practice.directory.path());
    let agent = practice.agent();
    let cycle = agent.run_once().await.unwrap();
    let expected = Cycle {
        sent: 5,
        received: 1,
        acknowledged: 4,
        ..Cycle::default()
    };
    assert_eq!(cycle, expected);
    assert_eq!(agent.run_once().await.unwrap(), Cycle::default());

    let sent = [
        "accepted", "claimed", "done", "doubt", "half", "torn", "waiting",
    ];
    let pairs = |bases: &[&str]| -> Vec<String> {
        let both = |base: &&str| ["ctl", "dat"].map(|extension| format!("{base}.{extension}"));
        bases.iter().flat_map(both).collect()
    };
    assert_eq!(names(&practice.path("SENT")), pairs(&sent));
    let id_of =
        |base: &str| read_control(&practice.path("SENT").join(format!("{base}.ctl"))).dts_id;
    for (base, id) in [
        ("accepted", "ID0003"),
        ("doubt", "ID0005"),
        ("half", "ID0006"),
    ] {
        assert_eq!(id_of(base).as_deref(), Some(id), "{base}");
    }
    let mut inbox = pairs(&["ID0000", "ID0001", "ID0004", "ID0007"]);
    for base in ["bad", "refused"] {
        inbox.push(format!("{base}_TRANSFER_20261127183000000.ctl"));
    }
    assert_eq!(names(&practice.path("IN")), inbox);
    assert_eq!(names(&practice.path("FAILED")), pairs(&["bad", "refused"]));
    let refused = read_control(&practice.path("FAILED/refused.ctl"));
    assert_eq!(refused.status.unwrap().code.as_str(), "06");
    let received = std::fs::read(practice.path("IN/ID0001.dat")).unwrap();
    assert!(received == lines("half received"));
    let own = [
        "published.log",
        "restante-status.json",
        "restante.lock",
        "sent.log",
    ];
    assert_eq!(names(&practice.path("TEMP")), own);
    assert!(names(&practice.path("OUT")).is_empty());

    for id in ["ID0000", "ID0001", "ID0004", "ID0007"] {
        let asked = server.asked("GET", &format!("/inbox/{id}"));
        assert_eq!(asked, 0, "{id}: its first chunk was here");
    }
    let mail = server.mail.lock().unwrap();
    assert_eq!(
        mail.messages.len(),
        11,
        "three more than there were: claimed, torn and waiting"
    );
    let whole = |local_id: &str| -> Vec<Vec<u8>> {
        let fits = |message: &&Message| message.headers.local_id.as_deref() == Some(local_id);
        mail.messages
            .iter()
            .filter(fits)
            .map(|message| message.chunks.concat())
            .collect()
    };
    assert_eq!(whole("local-half"), [lines("half sent")]);
    assert_eq!(whole("local-claimed"), [b"claimed, not tried yet".to_vec()]);
    assert_eq!(whole("local-waiting"), [b"waits in OUT".to_vec()]);
    assert_eq!(
        whole("local-torn"),
        [b"its control file was claimed".to_vec()]
    );
    assert!(whole("local-refused").is_empty());
    let waiting = mail
        .messages
        .iter()
        .filter(|message| message.headers.recipient == A);
    assert!(
        waiting
            .map(|message| message.acknowledged)
            .all(|given| given == 1)
    );
}

#[test]
fn every_key_that_version_0_1_had_means_what_it_meant() {
    let config = configuration("every-key.toml", &[]).config;
    assert_eq!(config.work_path.as_deref(), Some(Path::new("work")));
    assert_eq!(config.operations, Some("127.0.0.1:9101".parse().unwrap()));
    let options = Options {
        poll_seconds: 600.0,
        settle_seconds: 5.0,
        lone_control_file_seconds: 30.0,
        lone_data_file_seconds: 3_600.0,
        give_up_hours: 12.0,
        max_messages: 50,
        max_transfers: 2,
        large_transfers: 0,
        stop_seconds: 10.0,
        request_limit: 1_000_000,
        chunk_size: 500_000,
        message_limit: 2_000_000,
        utc: true,
        // keys that it had not
        ..Options::default()
    };
    assert_eq!(config.options, options);
    let server = &config.server;
    assert_eq!(server.url, "https://mesh.example.nhs.uk");
    let second = server.secondary_url.as_deref();
    assert_eq!(second, Some("https://mesh2.example.nhs.uk"));
    assert_eq!(server.tries, 5);
    assert_eq!(
        (server.retry_pause_seconds, server.timeout_seconds),
        (2.0, 30.0)
    );
    let proxy = server.proxy.as_ref().unwrap();
    let url = proxy.url.as_deref();
    assert_eq!(url, Some("http://proxy.example.nhs.uk:3128"));
    assert_eq!(proxy.user.as_deref(), Some("practice"));
    assert_eq!(proxy.except, ["localhost", "10.0.0.0/8"]);
    let mailbox = &config.mailboxes[0];
    assert_eq!(mailbox.id.as_str(), A);
    assert_eq!(mailbox.directory, Path::new("mailbox"));
    assert!(mailbox.collect_report && mailbox.transfer_report);
    assert!(mailbox.delay_report && mailbox.poll_report && !mailbox.save_sent);
    // their files, relative to where the client is started
    let files = [
        "client.pem",
        "client.key.pem",
        "ca.pem",
        "mesh.p12",
        "proxy/proxy.ini",
        "key-store-password.txt",
        "password.txt",
    ];
    assert_eq!(config.files(), files.map(PathBuf::from));
    let said = [
        server.shared_key.source(),
        proxy.password.as_ref().unwrap().source(),
    ];
    assert!(said[0].contains("MESH_SHARED_KEY") && said[1].contains("PROXY_PASSWORD"));
}
