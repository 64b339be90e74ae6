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

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use mesh::{HeaderText, SendHeaders};
use mesh_client::Cycle;
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

#[tokio::test]
async fn a_mailbox_that_version_0_1_left_is_taken_over() {
    let server = Server::start().await;
    server.mail.lock().unwrap().messages = on_the_server();
    let mut practice = Practice::new(&server.url, A);
    practice.config.options.request_limit = 1_000;
    practice.config.options.chunk_size = 1_000;
    practice.clock = Arc::new(Hands(Mutex::new("2026-11-27T19:30:00Z".parse().unwrap())));
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/0.1")
        .join(A);
    copy(&fixture, practice.directory.path());
    let agent = practice.agent();
    let cycle = agent.run_once().await.unwrap();
    let expected = Cycle {
        sent: 4,
        received: 1,
        acknowledged: 3,
        ..Cycle::default()
    };
    assert_eq!(cycle, expected);
    assert_eq!(agent.run_once().await.unwrap(), Cycle::default());

    let sent = ["accepted", "claimed", "done", "doubt", "half", "waiting"];
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
    let mut inbox = pairs(&["ID0000", "ID0001", "ID0004"]);
    inbox.push("bad_TRANSFER_20261127183000000.ctl".to_owned());
    assert_eq!(names(&practice.path("IN")), inbox);
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

    assert_eq!(
        server.asked("GET", "/inbox/ID0001"),
        0,
        "the first chunk was here"
    );
    let mail = server.mail.lock().unwrap();
    assert_eq!(
        mail.messages.len(),
        9,
        "two more than there were: claimed and waiting"
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
