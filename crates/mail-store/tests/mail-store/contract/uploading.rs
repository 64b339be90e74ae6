//! Messages in chunks.

use mail_store::{Body, MessageState, NewMessage, Op, Outcome, Place, Store};

use crate::kit::*;

fn begun(number: usize, total_chunks: u32) -> NewMessage {
    NewMessage {
        total_chunks,
        body: Some(inline(b"one")),
        ..new(number)
    }
}

fn chunk(number: usize, chunk: u32, bytes: &[u8]) -> Op {
    Op::Chunk {
        message: id(number),
        number: chunk,
        body: inline(bytes),
        at: at(100 + i64::from(chunk)),
    }
}

async fn chunk_bytes(store: &Store, seq: i64, number: u32) -> Vec<u8> {
    match store.chunk(seq, number).await.unwrap() {
        Some(Body::Inline(bytes)) => bytes.to_vec(),
        other => panic!("chunk {number}: {other:?}"),
    }
}

pub async fn the_last_chunk_missing_delivers_the_message(backend: Backend) {
    let store = backend.open().await;
    done(&store, accept(begun(1, 3), Place::Uploading(None))).await;
    done(&store, chunk(1, 3, b"three")).await;
    let uploading = message(&store, 1).await;
    assert_eq!(
        (uploading.state, uploading.size),
        (MessageState::Uploading, 0)
    );
    assert_eq!(uploading.accepted_at, None);
    assert_eq!(inbox(&store, RECIPIENT).await, []);
    done(&store, chunk(1, 2, b"two")).await;
    let found = message(&store, 1).await;
    assert_eq!((found.state, found.size), (MessageState::Accepted, 11));
    assert_eq!((found.accepted_at, found.sent_at), (Some(at(102)), at(1)));
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1]));
    for (number, bytes) in [(1, "one"), (2, "two"), (3, "three")] {
        assert_eq!(
            chunk_bytes(&store, found.seq, number).await,
            bytes.as_bytes()
        );
    }
}

pub async fn a_chunk_sent_again_replaces_the_one_before(backend: Backend) {
    let store = backend.open().await;
    done(&store, accept(begun(1, 3), Place::Uploading(None))).await;
    for bytes in [b"wrong".as_slice(), b"2"] {
        done(&store, chunk(1, 2, bytes)).await;
    }
    done(&store, chunk(1, 1, b"the first again")).await;
    assert_eq!(message(&store, 1).await.state, MessageState::Uploading);
    done(&store, chunk(1, 3, b"3")).await;
    let found = message(&store, 1).await;
    assert_eq!((found.state, found.size), (MessageState::Accepted, 17));
    assert_eq!(chunk_bytes(&store, found.seq, 1).await, b"the first again");
    assert_eq!(chunk_bytes(&store, found.seq, 2).await, b"2");
}

pub async fn a_complete_message_takes_no_chunks(backend: Backend) {
    let store = backend.open().await;
    assert_eq!(
        outcome(&store, chunk(1, 2, b"two")).await,
        Outcome::NotFound
    );
    done(&store, accept(begun(1, 2), Place::Uploading(None))).await;
    done(&store, chunk(1, 2, b"two")).await;
    assert_eq!(
        outcome(&store, chunk(1, 2, b"two")).await,
        Outcome::Conflict
    );
    done(&store, into_inbox(2)).await;
    assert_eq!(
        outcome(&store, chunk(2, 1, b"one")).await,
        Outcome::Conflict
    );
}

pub async fn uploads_are_counted(backend: Backend) {
    let store = backend.open().await;
    let sender = mailbox(SENDER);
    done(&store, accept(begun(1, 3), Place::Uploading(None))).await;
    done(&store, accept(begun(2, 2), Place::Uploading(None))).await;
    assert_eq!(store.uploads_of(&sender).await.unwrap(), 2);
    assert_eq!(store.uploads_of(&mailbox(RECIPIENT)).await.unwrap(), 0);
    done(&store, chunk(1, 2, b"second")).await;
    let seq = message(&store, 1).await.seq;
    assert_eq!(store.uploaded_bytes(seq).await.unwrap(), 9);
    done(&store, chunk(1, 1, b"I")).await;
    assert_eq!(store.uploaded_bytes(seq).await.unwrap(), 7);
    done(&store, chunk(2, 2, b"done")).await;
    assert_eq!(store.uploads_of(&sender).await.unwrap(), 1);
}

pub async fn a_patient_address_is_routed_when_the_last_chunk_is_here(backend: Backend) {
    let store = backend.open().await;
    let to_patient = NewMessage {
        recipient: None,
        ..begun(1, 2)
    };
    done(
        &store,
        accept(to_patient, Place::Uploading(Some(address(5)))),
    )
    .await;
    assert_eq!(due(&store, 4_000).await.len(), 0);
    done(&store, chunk(1, 2, b"two")).await;
    let jobs = due(&store, 4_000).await;
    assert_eq!(jobs.len(), 1);
    assert_eq!((jobs[0].since, jobs[0].order_key), (at(102), [5; 16]));
    assert_eq!(jobs[0].address.0, address(5).sealed);
}
