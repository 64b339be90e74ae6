//! Steps of messages' ways.

use mail_store::contract::STEPS_OF_A_MESSAGE;
use mail_store::{NewStep, Op, Outcome, Store, StoredStep};

use crate::kit::*;

fn step(number: usize, seconds: i64, what: &str) -> NewStep {
    NewStep {
        message: id(number),
        step: StoredStep {
            at: at(seconds),
            place: "exchange".to_owned(),
            what: what.to_owned(),
        },
    }
}

async fn keep(store: &Store, steps: &[NewStep]) -> Outcome {
    let steps = steps.to_vec();
    outcome(store, Op::Steps { steps }).await
}

async fn told(store: &Store, number: usize) -> Vec<(i64, String)> {
    let message = store.message(&id(number)).await.unwrap().unwrap();
    let steps = store.steps(message.seq).await.unwrap();
    let told = steps.into_iter().map(|step| {
        let since = step.at.duration_since(at(0)).as_secs();
        (since, step.what)
    });
    told.collect()
}

pub async fn steps_come_back_in_order_of_time(backend: Backend) {
    let store = backend.open().await;
    done(&store, into_inbox(1)).await;
    done(&store, into_inbox(2)).await;
    let first = [step(1, 9, "late"), step(2, 5, "other"), step(1, 3, "b")];
    assert_eq!(keep(&store, &first).await, Outcome::Counted(3));
    // those of one moment stay as they were written, and what is known already is not kept twice
    let second = [step(1, 3, "a"), step(1, 9, "late"), step(1, 3, "a")];
    assert_eq!(keep(&store, &second).await, Outcome::Counted(1));
    let of_first = [(3, "b"), (3, "a"), (9, "late")];
    assert_eq!(
        told(&store, 1).await,
        of_first.map(|(at, what)| (at, what.to_owned()))
    );
    assert_eq!(told(&store, 2).await, [(5, "other".to_owned())]);
    if backend.is_durable() {
        drop(store);
        let store = backend.open().await;
        assert_eq!(told(&store, 1).await.len(), 3);
    }
}

pub async fn a_message_has_so_many_steps_and_no_more(backend: Backend) {
    let store = backend.open().await;
    done(&store, into_inbox(1)).await;
    let limit = STEPS_OF_A_MESSAGE;
    let many: Vec<_> = (0..i64::from(limit) + 9)
        .map(|seconds| step(1, seconds, "again"))
        .collect();
    let (some, rest) = many.split_at(40);
    assert_eq!(keep(&store, some).await, Outcome::Counted(40));
    assert_eq!(keep(&store, rest).await, Outcome::Counted(limit - 40));
    assert_eq!(told(&store, 1).await.len(), limit as usize);
}

pub async fn steps_go_with_their_message(backend: Backend) {
    let store = backend.open().await;
    assert_eq!(
        keep(&store, &[step(1, 1, "early")]).await,
        Outcome::Counted(0)
    );
    for number in 1..=3 {
        done(&store, into_inbox(number)).await;
        keep(&store, &[step(number, 1, "step")]).await;
    }
    let seqs = [1, 2].map(|number| {
        let store = store.clone();
        async move { store.message(&id(number)).await.unwrap().unwrap().seq }
    });
    let [first, second] = seqs;
    let (first, second) = (first.await, second.await);
    let forget = Op::Forget {
        before: at(2),
        limit: 9,
        at: at(50),
    };
    assert_eq!(outcome(&store, forget).await, Outcome::Counted(1));
    let purge = Op::Purge {
        messages: ids([2]),
        at: at(51),
    };
    assert_eq!(outcome(&store, purge).await, Outcome::Counted(1));
    assert_eq!(store.steps(first).await.unwrap(), []);
    assert_eq!(store.steps(second).await.unwrap(), []);
    assert_eq!(told(&store, 3).await.len(), 1);
}
