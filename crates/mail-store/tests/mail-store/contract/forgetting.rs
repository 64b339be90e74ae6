//! Messages are forgotten, the oldest first.

use mail_store::{ListFrom, NewMessage, Op, Outcome, Place};

use crate::kit::*;

fn forget(seconds: i64, limit: u32) -> Op {
    Op::Forget {
        before: at(seconds),
        limit,
        at: at(5_000),
    }
}

pub async fn the_old_are_forgotten_step_by_step(backend: Backend) {
    let store = backend.open().await;
    for number in 1..=5 {
        done(&store, into_inbox(number)).await;
    }
    done(&store, to_patient(6, 1)).await;
    done(&store, into_inbox(90)).await;
    done(&store, acknowledge(1, RECIPIENT)).await;
    store.lists().await.unwrap();
    assert_eq!(outcome(&store, forget(50, 4)).await, Outcome::Counted(4));
    assert_eq!(inbox(&store, RECIPIENT).await, ids([5, 90]));
    assert_eq!(outcome(&store, forget(50, 4)).await, Outcome::Counted(2));
    assert_eq!(outcome(&store, forget(50, 4)).await, Outcome::Counted(0));
    for number in 1..=6 {
        assert!(store.message(&id(number)).await.unwrap().is_none());
    }
    assert_eq!(inbox(&store, RECIPIENT).await, ids([90]));
    assert_eq!(due(&store, 9_000).await.len(), 0);
    let sent = store
        .lists()
        .await
        .unwrap()
        .newest(ListFrom::Sent, &mailbox(SENDER), start(), i64::MAX, 9)
        .await
        .unwrap();
    assert_eq!(sent.len(), 1);
    done(&store, into_inbox(1)).await;
    assert_eq!(inbox(&store, RECIPIENT).await, ids([90, 1]));
}

pub async fn whatever_waits_is_forgotten_too(backend: Backend) {
    let store = backend.open().await;
    done(&store, into_inbox(1)).await;
    done(&store, to_patient(2, 1)).await;
    let upload = NewMessage {
        total_chunks: 2,
        ..new(3)
    };
    done(&store, accept(upload, Place::Uploading(None))).await;
    let everything = Op::Forget {
        before: jiff::Timestamp::MAX,
        limit: 64,
        at: at(9),
    };
    assert_eq!(outcome(&store, everything).await, Outcome::Counted(3));
    assert_eq!(inbox(&store, RECIPIENT).await, []);
    assert!(store.message(&id(1)).await.unwrap().is_none());
    assert_eq!(due(&store, 9_000).await.len(), 0);
    assert_eq!(store.uploads(9).await.unwrap(), []);
    done(&store, into_inbox(1)).await;
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1]));
}
