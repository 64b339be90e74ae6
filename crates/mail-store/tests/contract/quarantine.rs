use mail_store::{Op, Outcome, Quarantined};

use crate::home::*;

pub async fn what_was_set_aside_is_listed_until_it_is_forgotten(home: Home) {
    let store = home.open().await;
    for number in 1..4 {
        done(&store, into_inbox(number)).await;
    }
    let (options, directory) = home.options();
    assert_eq!(options.quarantined(directory).await.unwrap(), []);
    let damaged = message(&store, 2).await.seq;
    done(&store, set_aside(damaged)).await;
    assert_eq!(outcome(&store, set_aside(damaged)).await, Outcome::NotFound);
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1, 3]));
    let listed = Quarantined {
        seq: damaged,
        id: Some(id(2)),
        at: failure("14").at,
        reason: "14".to_owned(),
    };
    assert_eq!(options.quarantined(directory).await.unwrap(), [listed]);
    let forget = Op::Forget {
        before: at(100),
        limit: 10,
        at: at(5_000),
    };
    assert_eq!(outcome(&store, forget).await, Outcome::Counted(3));
    assert_eq!(options.quarantined(directory).await.unwrap(), []);
}
