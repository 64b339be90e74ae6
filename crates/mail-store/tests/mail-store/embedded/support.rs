//! What the tests of SQLite say in a few words.

use std::path::Path;

use bytes::Bytes;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use mail_store::{
    AuditCheck, Body, Details, Failure, Job, Kind, NewMessage, Op, Outcome, Place, Quarantined,
    SealedAddress, Store, StoreError, StoreOptions,
};
use nhs::{MailboxId, MessageId, WorkflowId};
use rusqlite::Connection;

pub const SENDER: &str = "A81001OT001";
pub const RECEIVER: &str = "A20047OT001";

/// The moment the tests live in.
pub fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

pub fn mailbox(id: &str) -> MailboxId {
    MailboxId::parse(id).unwrap()
}

pub fn message_id(number: u64) -> MessageId {
    MessageId::parse(&format!("20261122100000{number:06}_{number:06X}")).unwrap()
}

/// From the sender to the receiver, in one request.
pub fn new_message(number: u64, body: Body) -> NewMessage {
    NewMessage {
        id: message_id(number),
        kind: Kind::Data,
        sender: Some(mailbox(SENDER)),
        recipient: Some(mailbox(RECEIVER)),
        workflow: WorkflowId::parse("GPFED_CONSULT_REPORT").unwrap(),
        sent_at: now(),
        total_chunks: 1,
        details: Details {
            local_id: Some(b"local".to_vec()),
            ..Details::default()
        },
        report: None,
        body: Some(body),
    }
}

pub fn accept(message: NewMessage) -> Op {
    Op::Accept {
        message: Box::new(message),
        place: Place::Inbox,
    }
}

pub fn small(number: u64) -> Body {
    Body::Inline(Bytes::from(format!("the body of message {number}")))
}

/// A body in a file of its own.
pub async fn large(store: &Store, number: u64, length: usize) -> Body {
    let mut sink = store.body(mailbox("A81001OT001"), now(), u128::from(number) + 1);
    sink.write(Bytes::from(vec![number.to_le_bytes()[0]; length]))
        .await
        .unwrap();
    sink.finish().await.unwrap()
}

pub async fn done(store: &Store, job: Job) {
    let outcomes = store.commit(job).await.unwrap();
    assert!(outcomes.iter().all(Outcome::is_done), "{outcomes:?}");
}

pub async fn send(store: &Store, number: u64) {
    done(store, vec![accept(new_message(number, small(number)))]).await;
}

pub async fn send_large(store: &Store, number: u64) {
    let body = large(store, number, 40_000).await;
    done(store, vec![accept(new_message(number, body))]).await;
}

pub fn acknowledge(number: u64) -> Op {
    Op::Acknowledge {
        mailbox: mailbox(RECEIVER),
        message: message_id(number),
        at: now(),
    }
}

pub fn failure(code: &str) -> Failure {
    Failure {
        at: now(),
        code: code.to_owned(),
        event: "SEND".to_owned(),
        description: "told to people".to_owned(),
        linked: None,
    }
}

pub fn sealed() -> SealedAddress {
    SealedAddress {
        sealed: b"sealed by the exchange".to_vec(),
        order_key: [7; 16],
    }
}

pub async fn inbox(store: &Store) -> Vec<MessageId> {
    let slice = store.inbox(&mailbox(RECEIVER), 0, 1000, &|_| true).await;
    slice.unwrap().ids
}

pub async fn body(store: &Store, number: u64) -> Result<Vec<u8>, StoreError> {
    let message = store.message(&message_id(number)).await?.expect("stored");
    let body = store.chunk(message.seq, 1).await?.expect("a body");
    let parts: Vec<Bytes> = store.read(body).await?.try_collect().await?;
    Ok(parts.concat())
}

pub async fn verify_audit(directory: &Path) -> AuditCheck {
    let check = StoreOptions::default().verify_audit(directory, None).await;
    check.unwrap()
}

pub async fn quarantined(directory: &Path) -> Vec<Quarantined> {
    let listed = StoreOptions::default().quarantined(directory).await;
    listed.unwrap()
}

/// What a disk or a hand does behind the store's back.
pub fn meddle(directory: &Path, sql: &str) -> usize {
    let connection = Connection::open(directory.join("records.sqlite3")).unwrap();
    let changed = connection.execute(sql, []).unwrap();
    assert!(changed > 0, "{sql}");
    changed
}

pub fn body_files(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.join("bodies")];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
