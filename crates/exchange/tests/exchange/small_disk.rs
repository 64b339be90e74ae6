//! A disk that messages fill: sends end at the reserve, and what frees room goes on.

use std::path::{Path, PathBuf};
use std::process::Command;

use exchange::{ErrorKind, ExchangeError, Settings};
use jiff::SignedDuration;
use nhs::{MessageId, WorkflowId};
use test_kit::Needs;

use crate::kit::{RECEIVER, SENDER, Setup, WORKFLOW, bytes, id, pieces, request, strict};

const MIB: u64 = 1024 * 1024;
const RESERVE: u64 = 12 * MIB;
/// Each of these sends; the receiver too.
const OTHERS: [&str; 5] = [
    "A81002OT001",
    "A81003OT001",
    "A81004OT001",
    "A81005OT001",
    "A81006OT001",
];

/// A file system in memory of 64 MiB; goes when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where none can be mounted; the test was skipped then.
    fn mount(path: &Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=64m", "tmpfs"]);
        let done = mount.arg(path).output();
        if done.is_ok_and(|done| done.status.success()) {
            return Some(Self(path.to_owned()));
        }
        test_kit::skip(Needs::Root, "a small disk cannot be mounted here");
        None
    }

    fn free(&self) -> u64 {
        durable::space(&self.0).unwrap().free
    }

    /// A file of something else that leaves so much.
    fn fill(&self, leave: u64) {
        let length = usize::try_from(self.free().saturating_sub(leave)).unwrap();
        // the store may have taken some of it meanwhile
        _ = std::fs::write(self.0.join("filler"), vec![7; length]);
        assert!(self.free() <= leave);
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

/// An exchange on a small disk where every mailbox may send.
async fn on_small_disk() -> Option<(Setup, SmallDisk)> {
    let directory = tempfile::tempdir().unwrap();
    let disk = SmallDisk::mount(directory.path())?;
    let settings = Settings {
        reserve_bytes: Some(RESERVE),
        ..strict()
    };
    let setup = Setup::in_directory(directory, settings).await;
    for mailbox in OTHERS {
        setup.add_mailbox(mailbox, &mailbox[..6]);
    }
    let operator = setup.exchange().operator().unwrap();
    let workflow = WorkflowId::parse(WORKFLOW).unwrap();
    let senders: Vec<_> = OTHERS.iter().chain(&[RECEIVER]).map(|of| id(of)).collect();
    operator.allow(&workflow, &senders, &[id(SENDER)]).unwrap();
    setup.exchange().refresh_directory().await.unwrap();
    Some((setup, disk))
}

async fn send_as(setup: &Setup, from: &str, length: usize) -> Result<MessageId, ExchangeError> {
    let caller = setup.caller(from).await;
    let body = bytes(length);
    let sending = setup.exchange();
    sending
        .send(&caller, request(RECEIVER, 1), pieces(&body))
        .await
}

/// Sends megabytes until there is no room for more.
async fn fill(setup: &Setup, senders: &[&str]) -> Vec<MessageId> {
    let mut sent = Vec::new();
    for from in senders.iter().cycle() {
        match send_as(setup, from, 1_000_000).await {
            Ok(message) => sent.push(message),
            Err(ExchangeError::NoRoom) => break,
            Err(other) => panic!("{other}"),
        }
    }
    sent
}

#[tokio::test]
async fn a_disk_filled_by_one_mailbox_takes_the_messages_of_the_others() {
    let Some((setup, disk)) = on_small_disk().await else {
        return;
    };
    assert!(!setup.exchange().room().expect("a disk").is_short());
    let sent = fill(&setup, &[SENDER]).await;
    assert!(sent.len() > 20, "{}", sent.len());
    let room = setup.exchange().room().expect("a disk");
    assert!(room.is_short() && !room.is_below_reserve(), "{room:?}");
    for from in OTHERS {
        send_as(&setup, from, 1_000_000).await.unwrap();
    }
    for length in [10, 1_000_000] {
        let refused = send_as(&setup, SENDER, length).await.unwrap_err();
        assert!(matches!(refused, ExchangeError::NoRoom), "{refused}");
    }
    assert!(disk.free() > RESERVE);
}

#[tokio::test]
async fn below_the_reserve_sends_stop_and_the_disk_heals_by_itself() {
    let Some((setup, disk)) = on_small_disk().await else {
        return;
    };
    let sent = fill(&setup, &OTHERS).await;
    let room = setup.exchange().room().expect("a disk");
    assert!(room.is_below_reserve(), "{room:?}");
    assert!(disk.free() > RESERVE / 2, "a body more at most");
    for (from, length) in [(RECEIVER, 1_000_000), (SENDER, 10)] {
        let refused = send_as(&setup, from, length).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unavailable, "{refused}");
        assert_eq!(refused.retry_after().unwrap().as_secs(), 60);
        assert!(refused.text().contains("no room"), "{}", refused.text());
    }
    // what frees room, or needs little, goes on
    let caller = setup.caller(RECEIVER).await;
    let exchange = setup.exchange();
    exchange
        .acknowledge(&caller, sent[0].as_str())
        .await
        .unwrap();
    assert_eq!(setup.download(&sent[1], 1).await.unwrap(), bytes(1_000_000));
    setup.time.pass(SignedDuration::from_hours(6 * 24));
    exchange.tidy().await.unwrap();
    assert!(setup.inbox(RECEIVER).await.is_empty(), "expired");
    assert!(!setup.inbox(OTHERS[1]).await.is_empty(), "and reported");
    setup.time.pass(SignedDuration::from_hours(25 * 24));
    exchange.tidy().await.unwrap();
    assert!(!exchange.room().expect("a disk").is_short());
    send_as(&setup, RECEIVER, 1_000_000).await.unwrap();
    assert!(disk.free() > 3 * RESERVE);
}

/// Small messages lie in the records, whose file never shrinks: its free room is counted, or they
/// would be refused for good.
#[tokio::test]
async fn room_inside_the_records_is_used_again() {
    let Some((setup, disk)) = on_small_disk().await else {
        return;
    };
    for _ in 0..300 {
        send_as(&setup, SENDER, 30_000).await.unwrap();
    }
    disk.fill(RESERVE - MIB);
    setup.time.pass(SignedDuration::from_secs(2));
    let refused = send_as(&setup, RECEIVER, 30_000).await.unwrap_err();
    assert!(matches!(refused, ExchangeError::NoRoom), "{refused}");
    setup.time.pass(SignedDuration::from_hours(31 * 24));
    setup.exchange().tidy().await.unwrap();
    assert!(disk.free() < RESERVE, "the file keeps its length");
    send_as(&setup, RECEIVER, 30_000).await.unwrap();
    let refused = send_as(&setup, RECEIVER, 100_000).await.unwrap_err();
    assert!(matches!(refused, ExchangeError::NoRoom), "{refused}");
}

/// Where something else took the last of the disk, tidying still frees what messages took.
#[tokio::test]
async fn a_disk_without_a_byte_heals_by_itself_too() {
    let Some((setup, disk)) = on_small_disk().await else {
        return;
    };
    setup.exchange().tidy().await.unwrap();
    let sent = fill(&setup, &OTHERS).await;
    assert!(sent.len() > 20, "{}", sent.len());
    disk.fill(0);
    assert_eq!(disk.free(), 0);
    setup.time.pass(SignedDuration::from_hours(31 * 24));
    setup.exchange().tidy().await.unwrap();
    assert!(disk.free() > 20 * MIB, "{}", disk.free());
    send_as(&setup, RECEIVER, 1_000_000).await.unwrap();
}
