use mail_store::{Failure, MessageState, Op, Outcome};

use crate::home::*;

fn set(number: usize, state: MessageState, failure: Option<Failure>) -> Op {
    Op::SetState {
        message: id(number),
        state,
        failure,
        at: at(800),
    }
}

pub async fn a_test_puts_a_message_in_any_state(home: Home) {
    let store = home.open().await;
    use MessageState::{Accepted, Acknowledged, Error, Undeliverable, Uploading};
    assert_eq!(
        outcome(&store, set(1, Error, None)).await,
        Outcome::NotFound
    );
    for (number, new) in [(2, to_patient(2, 1)), (1, into_inbox(1))] {
        done(&store, new).await;
        for state in [Acknowledged, Error, Undeliverable, Uploading] {
            done(&store, set(number, state, Some(failure("14")))).await;
            let found = message(&store, number).await;
            assert_eq!(found.state, state);
            let is_failed = matches!(state, Error | Undeliverable);
            assert_eq!(found.failure, is_failed.then(|| failure("14")));
            assert_eq!(inbox(&store, RECIPIENT).await, []);
            assert_eq!(due(&store, 9_000).await.len(), 0);
        }
        done(&store, set(number, Accepted, None)).await;
        assert_eq!(message(&store, number).await.state, Accepted);
    }
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1]));
    done(&store, set(1, Accepted, None)).await;
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1]), "not twice");
    done(&store, acknowledge(1, RECIPIENT)).await;
}
