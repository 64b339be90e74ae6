//! Bodies, small and large, and those that no record names.

use bytes::Bytes;
use futures_util::TryStreamExt;
use mail_store::{Body, NewMessage, Op, Outcome, Place, Store};

use crate::kit::*;

/// Longer than two parts of an S3 upload.
const LARGE: usize = 11 * 1024 * 1024 + 7;

pub fn bytes(length: usize) -> Bytes {
    (0..length).map(|i| (i * 31 + i / 256 * 7) as u8).collect()
}

pub async fn stored(store: &Store, unique: u128, bytes: &Bytes) -> Body {
    let mut sink = store.body(mailbox("A81001OT001"), start(), unique);
    for piece in bytes.chunks(60_000) {
        sink.write(Bytes::copy_from_slice(piece)).await.unwrap();
    }
    sink.finish().await.unwrap()
}

async fn read(store: &Store, body: Body) -> Vec<u8> {
    let stream = store.read(body).await.unwrap();
    let parts: Vec<Bytes> = stream.try_collect().await.unwrap();
    parts.concat()
}

pub async fn small_and_large_bodies_come_back_whole(backend: Backend) {
    let store = backend.open().await;
    for (number, length) in [(1, 1), (2, 32 * 1024), (3, 32 * 1024 + 1), (4, LARGE)] {
        let given = bytes(length);
        let body = stored(&store, number as u128, &given).await;
        let message_with = NewMessage {
            body: Some(body),
            ..new(number)
        };
        done(&store, accept(message_with, Place::Inbox)).await;
        let found = message(&store, number).await;
        assert_eq!(found.size, length as u64);
        let body = store.chunk(found.seq, 1).await.unwrap().expect("a body");
        assert_eq!(matches!(body, Body::Inline(_)), length <= 32 * 1024);
        assert!(read(&store, body).await == given, "{length} bytes");
    }
}

pub async fn what_no_record_names_is_swept(backend: Backend) {
    let store = backend.open().await;
    let given = bytes(100_000);
    let orphan = stored(&store, 1, &given).await;
    for number in [2, 3] {
        let message = NewMessage {
            body: Some(stored(&store, number as u128, &given).await),
            ..new(number)
        };
        done(&store, accept(message, Place::Inbox)).await;
    }
    // by the time of the files, which is today's
    let long_ago = start()
        .checked_sub(jiff::Span::new().hours(100_000))
        .unwrap();
    assert_eq!(store.sweep(long_ago).await.unwrap(), 0);
    let (second, third) = (message(&store, 2).await, message(&store, 3).await);
    let forget = Op::Forget {
        before: at(3),
        limit: 10,
        at: at(5_000),
    };
    assert_eq!(outcome(&store, forget).await, Outcome::Counted(1));
    let second_body = store.chunk(second.seq, 1).await.unwrap();
    assert!(second_body.is_none());
    assert_eq!(
        store.sweep(long_ago).await.unwrap(),
        1,
        "what was let go of"
    );
    let far_ahead = start()
        .checked_add(jiff::Span::new().hours(500_000))
        .unwrap();
    assert_eq!(
        store.sweep(far_ahead).await.unwrap(),
        1,
        "what was never named"
    );
    assert!(store.read(orphan).await.is_err());
    let body = store.chunk(third.seq, 1).await.unwrap().expect("a body");
    assert!(read(&store, body).await == given);
}

pub async fn a_body_given_up_leaves_nothing(backend: Backend) {
    let store = backend.open().await;
    for (unique, length) in [(1, 10), (2, 100_000), (3, LARGE)] {
        let mut sink = store.body(mailbox("A81001OT001"), start(), unique);
        for piece in bytes(length).chunks(60_000) {
            sink.write(Bytes::copy_from_slice(piece)).await.unwrap();
        }
        sink.abort().await.unwrap();
    }
    let far_ahead = start()
        .checked_add(jiff::Span::new().hours(500_000))
        .unwrap();
    assert_eq!(store.sweep(far_ahead).await.unwrap(), 0);
}
