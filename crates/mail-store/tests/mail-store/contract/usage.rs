//! What the messages of a mailbox take, counted in the transaction of every change.

use mail_store::{FailedAs, NewMessage, Op, Outcome, Place, Store, Usage};

use crate::kit::*;

const BODY: u64 = b"a body".len() as u64;

/// Messages, bytes and how many wait.
async fn usage(store: &Store, of: &str) -> (u64, u64, u64) {
    let Usage {
        messages,
        bytes,
        waiting,
    } = store.usage(&mailbox(of)).await.unwrap();
    (messages, bytes, waiting)
}

pub async fn what_a_mailbox_sent_is_counted_until_it_is_gone(backend: Backend) {
    let store = backend.open().await;
    assert_eq!(usage(&store, SENDER).await, (0, 0, 0));
    for number in 1..=3 {
        done(&store, into_inbox(number)).await;
    }
    done(&store, to_patient(4, 1)).await;
    assert_eq!(outcome(&store, into_inbox(1)).await, Outcome::Duplicate);
    assert_eq!(usage(&store, SENDER).await, (4, 4 * BODY, 4));
    assert_eq!(usage(&store, RECIPIENT).await, (0, 0, 0));
    done(&store, acknowledge(1, RECIPIENT)).await;
    assert_eq!(
        outcome(&store, acknowledge(1, RECIPIENT)).await,
        Outcome::NotFound
    );
    done(&store, deliver(4)).await;
    let fail = Op::Fail {
        message: id(2),
        failed_as: FailedAs::Error,
        failure: failure("14"),
    };
    done(&store, fail).await;
    done(&store, set_aside(message(&store, 3).await.seq)).await;
    assert_eq!(usage(&store, SENDER).await, (4, 4 * BODY, 1));
    let redeliver = Op::Redeliver {
        message: id(1),
        at: at(2_000),
    };
    done(&store, redeliver).await;
    assert_eq!(usage(&store, SENDER).await, (4, 4 * BODY, 2));
    let store = again(&backend, store).await;
    assert_eq!(usage(&store, SENDER).await, (4, 4 * BODY, 2));
    for (limit, left) in [(1, (3, 3 * BODY, 1)), (9, (0, 0, 0))] {
        let forget = Op::Forget {
            before: at(50),
            limit,
            at: at(5_000),
        };
        outcome(&store, forget).await;
        assert_eq!(usage(&store, SENDER).await, left);
    }
}

pub async fn chunks_are_counted_as_they_come_and_are_replaced(backend: Backend) {
    let store = backend.open().await;
    let upload = NewMessage {
        total_chunks: 3,
        ..new(1)
    };
    done(&store, accept(upload, Place::Uploading(None))).await;
    let mut seen = Vec::new();
    for (number, length) in [(2, 100), (2, 40), (1, 10), (1, 20), (3, 1)] {
        let chunk = Op::Chunk {
            message: id(1),
            number,
            body: inline(&vec![7; length]),
            at: at(10),
        };
        done(&store, chunk).await;
        let (messages, bytes, waiting) = usage(&store, SENDER).await;
        assert_eq!((messages, waiting), (1, 1));
        seen.push(bytes - BODY);
    }
    assert_eq!(seen, [100, 40, 50, 60, 61], "the first of all stays");
    done(&store, acknowledge(1, RECIPIENT)).await;
    assert_eq!(usage(&store, SENDER).await, (1, BODY + 61, 0));
    let forget = Op::Forget {
        before: at(50),
        limit: 9,
        at: at(5_000),
    };
    assert_eq!(outcome(&store, forget).await, Outcome::Counted(1));
    assert_eq!(usage(&store, SENDER).await, (0, 0, 0));
}

/// A report has no sender, and is not held against whoever gets it.
pub async fn reports_are_nobodys(backend: Backend) {
    let store = backend.open().await;
    let report = NewMessage {
        sender: None,
        body: None,
        total_chunks: 0,
        report: Some(failure("14")),
        ..new(1)
    };
    done(&store, accept(report, Place::Inbox)).await;
    done(&store, acknowledge(1, RECIPIENT)).await;
    for of in [SENDER, RECIPIENT] {
        assert_eq!(usage(&store, of).await, (0, 0, 0));
    }
}

/// The store as it is found by the next start.
async fn again(backend: &Backend, store: Store) -> Store {
    if !backend.is_durable() {
        return store;
    }
    drop(store);
    backend.open().await
}
