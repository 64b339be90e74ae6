//! Bodies no record names vanish after their time; those named never do.

use std::fs;

use jiff::{Timestamp, ToSpan};
use mail_store::{Op, Place, Store};

use super::support::*;

fn long_ago() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

/// A time after every file was written.
fn after_all() -> Timestamp {
    Timestamp::MAX.checked_sub(24.hours()).unwrap()
}

#[tokio::test]
async fn a_body_without_a_record_is_swept_after_its_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    send_large(&store, 1).await;
    large(&store, 2, 50_000).await;
    assert_eq!(body_files(dir.path()).len(), 2);
    assert_eq!(store.sweep(long_ago()).await.unwrap(), 0);
    assert_eq!(body_files(dir.path()).len(), 2);
    assert_eq!(store.sweep(after_all()).await.unwrap(), 1);
    assert_eq!(body_files(dir.path()).len(), 1);
    assert_eq!(body(&store, 1).await.unwrap().len(), 40_000);
    assert_eq!(store.sweep(after_all()).await.unwrap(), 0);
}

#[tokio::test]
async fn forgotten_messages_and_replaced_chunks_give_their_files_back_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    send_large(&store, 1).await;
    let mut chunked = new_message(2, large(&store, 2, 40_000).await);
    chunked.total_chunks = 3;
    let message = Box::new(chunked);
    let place = Place::Uploading(None);
    done(&store, vec![Op::Accept { message, place }]).await;
    for attempt in 3..5 {
        let chunk = Op::Chunk {
            message: message_id(2),
            number: 2,
            body: large(&store, attempt, 60_000).await,
            at: now(),
        };
        done(&store, vec![chunk]).await;
    }
    assert_eq!(body_files(dir.path()).len(), 4);
    assert_eq!(store.sweep(long_ago()).await.unwrap(), 1);
    let forget = Op::Forget {
        before: now().checked_add(1.second()).unwrap(),
        limit: 1,
        at: now(),
    };
    done(&store, vec![forget]).await;
    assert_eq!(store.sweep(long_ago()).await.unwrap(), 1);
    // both chunks of the other message
    assert_eq!(body_files(dir.path()).len(), 2);
}

#[tokio::test]
async fn what_a_crash_left_behind_is_swept_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    send_large(&store, 1).await;
    large(&store, 2, 50_000).await;
    drop(store);
    // a body under way when the power went
    let under_way = body_files(dir.path())[0].with_file_name("aa#1");
    fs::write(under_way, b"half").unwrap();
    let store = Store::open(dir.path()).unwrap();
    store.sweep(after_all()).await.unwrap();
    assert_eq!(body_files(dir.path()).len(), 1);
    assert_eq!(body(&store, 1).await.unwrap().len(), 40_000);
}
