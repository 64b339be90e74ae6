//! Bodies on their way into a bucket: how much of them is under way at once.

use bytes::Bytes;
use futures_util::TryStreamExt;
use mail_store::{BodySink, NewMessage, Place, Store};
use tokio::task::JoinSet;

use crate::contract::bodies::{bytes, stored};
use crate::kit::*;

const PART: usize = 5 * 1024 * 1024;

async fn open(servers: &ScaledOut, name: &str) -> Store {
    servers.named(name).open().await
}

fn sink(store: &Store, number: u128, expected: Option<u64>) -> BodySink {
    let sink = store.body(mailbox(SENDER), start(), number);
    sink.expecting(expected)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_parts_of_a_body_are_under_way_at_once() {
    let servers = ScaledOut::start().await;
    let store = open(&servers, "parts").await;
    servers.0.s3.take_parts_together(4);
    let given = bytes(3 * PART + 7);
    // one after the other they would wait for each other for ever
    let body = stored(&store, 1, &given).await;
    let message = NewMessage {
        body: Some(body),
        ..new(1)
    };
    done(&store, accept(message, Place::Inbox)).await;
    let found = message_of(&store).await;
    assert!(found == given);
}

async fn message_of(store: &Store) -> Vec<u8> {
    let found = message(store, 1).await;
    let body = store.chunk(found.seq, 1).await.unwrap().expect("a body");
    let parts: Vec<Bytes> = store.read(body).await.unwrap().try_collect().await.unwrap();
    parts.concat()
}

/// A body holds as much memory as it is long, up to two parts: with 100 KB declared, a mailbox's bodies do not wait for
/// each other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn short_bodies_of_a_mailbox_do_not_wait_for_each_other() {
    let servers = ScaledOut::start().await;
    let store = open(&servers, "short").await;
    let given = bytes(100_000);
    let mut open = Vec::new();
    for number in 0..100 {
        let mut sink = sink(&store, number, Some(100_000));
        sink.write(given.slice(..90_000)).await.unwrap();
        open.push(sink);
    }
    for sink in &mut open {
        sink.write(given.slice(90_000..)).await.unwrap();
    }
    let mut finishing = JoinSet::new();
    for sink in open {
        finishing.spawn(sink.finish());
    }
    while let Some(finished) = finishing.join_next().await {
        finished.unwrap().unwrap();
    }
}
