use mail_store::{ListFrom, Op, Outcome};

use crate::home::*;

fn forget(seconds: i64, limit: u32) -> Op {
    Op::Forget {
        before: at(seconds),
        limit,
        at: at(5_000),
    }
}

pub async fn the_old_are_forgotten_step_by_step(home: Home) {
    let store = home.open().await;
    for number in 1..=5 {
        done(&store, into_inbox(number)).await;
    }
    done(&store, to_patient(6, 1)).await;
    done(&store, into_inbox(90)).await;
    done(&store, acknowledge(1, RECIPIENT)).await;
    store.bring_lists_up_to_date().await.unwrap();
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
        .newest(ListFrom::Sent, &mailbox(SENDER), start(), i64::MAX, 9)
        .await
        .unwrap();
    assert_eq!(sent.len(), 1);
    done(&store, into_inbox(1)).await;
    assert_eq!(inbox(&store, RECIPIENT).await, ids([90, 1]));
}

pub async fn a_reset_forgets_all_messages(home: Home) {
    let store = home.open().await;
    done(&store, into_inbox(1)).await;
    done(&store, to_patient(2, 1)).await;
    done(
        &store,
        Op::Reset {
            mailbox: None,
            at: at(9),
        },
    )
    .await;
    assert_eq!(inbox(&store, RECIPIENT).await, []);
    assert!(store.message(&id(1)).await.unwrap().is_none());
    assert_eq!(due(&store, 9_000).await.len(), 0);
    done(&store, into_inbox(1)).await;
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1]));
}
