//! Messages that were taken or failed are delivered again.

use mail_store::{FailedAs, MessageState, NewMessage, Op, Outcome, Place};

use crate::kit::*;

fn redeliver(number: usize) -> Op {
    Op::Redeliver {
        message: id(number),
        at: at(800),
    }
}

fn fail(number: usize, failed_as: FailedAs) -> Op {
    Op::Fail {
        message: id(number),
        failed_as,
        failure: failure("14"),
    }
}

pub async fn what_was_taken_or_failed_is_delivered_again(backend: Backend) {
    let store = backend.open().await;
    done(&store, into_inbox(1)).await;
    done(&store, to_patient(2, 1)).await;
    done(&store, deliver(2)).await;
    done(&store, into_inbox(3)).await;
    for number in [1, 2] {
        done(&store, acknowledge(number, RECIPIENT)).await;
        done(&store, redeliver(number)).await;
        for (failed_as, state) in [
            (FailedAs::Error, MessageState::Error),
            (FailedAs::Undeliverable, MessageState::Undeliverable),
        ] {
            done(&store, fail(number, failed_as)).await;
            let failed = message(&store, number).await;
            assert_eq!((failed.state, failed.state_at), (state, at(700)));
            assert_eq!(failed.failure, Some(failure("14")));
            done(&store, redeliver(number)).await;
        }
        let again = message(&store, number).await;
        assert_eq!(again.state, MessageState::Accepted);
        assert_eq!((again.failure, again.acknowledged_at), (None, None));
    }
    assert_eq!(inbox(&store, RECIPIENT).await, ids([3, 1, 2]), "at the end");
    done(&store, acknowledge(1, RECIPIENT)).await;
    drop(store);
    if backend.is_durable() {
        let store = backend.open().await;
        assert_eq!(inbox(&store, RECIPIENT).await, ids([3, 2]));
    }
}

pub async fn what_waits_or_was_never_delivered_is_not(backend: Backend) {
    let store = backend.open().await;
    assert_eq!(outcome(&store, redeliver(1)).await, Outcome::NotFound);
    done(&store, into_inbox(1)).await;
    done(&store, to_patient(2, 1)).await;
    let upload = NewMessage {
        total_chunks: 2,
        ..new(3)
    };
    done(&store, accept(upload, Place::Uploading(None))).await;
    done(&store, to_patient(4, 2)).await;
    done(&store, fail(4, FailedAs::Error)).await;
    done(&store, into_inbox(5)).await;
    done(&store, set_aside(message(&store, 5).await.seq)).await;
    for number in 1..=5 {
        assert_eq!(outcome(&store, redeliver(number)).await, Outcome::Conflict);
    }
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1]));
    assert_eq!(message(&store, 4).await.state, MessageState::Error);
    assert_eq!(store.quarantined().await.unwrap(), 1);
}
