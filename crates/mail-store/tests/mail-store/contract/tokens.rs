//! Tokens are used once and remembered for a while.

use mail_store::{Op, Outcome};

use crate::kit::*;

fn token(number: u8, forget_at: i64) -> Op {
    Op::UseToken {
        token: [number; 16],
        forget_at: at(forget_at),
    }
}

pub async fn a_token_is_used_once(backend: Backend) {
    let store = backend.open().await;
    assert!(!store.token_is_used(&[1; 16]).await.unwrap());
    done(&store, token(1, 100)).await;
    assert!(store.token_is_used(&[1; 16]).await.unwrap());
    assert_eq!(outcome(&store, token(1, 100)).await, Outcome::Duplicate);
    let replayed = store
        .commit(vec![token(1, 100), into_inbox(1)])
        .await
        .unwrap();
    assert_eq!(replayed, [Outcome::Duplicate]);
    assert_eq!(inbox(&store, RECIPIENT).await, []);
}

pub async fn a_token_is_forgotten_after_its_time(backend: Backend) {
    let store = backend.open().await;
    done(&store, token(1, 100)).await;
    done(&store, token(2, 90_000)).await;
    let forget = |seconds| Op::ForgetTokens { now: at(seconds) };
    assert_eq!(outcome(&store, forget(100)).await, Outcome::Counted(0));
    assert!(store.token_is_used(&[1; 16]).await.unwrap());
    assert_eq!(outcome(&store, forget(10_000)).await, Outcome::Counted(1));
    assert!(!store.token_is_used(&[1; 16]).await.unwrap());
    assert!(store.token_is_used(&[2; 16]).await.unwrap());
    assert_eq!(outcome(&store, forget(10_000)).await, Outcome::Counted(0));
}
