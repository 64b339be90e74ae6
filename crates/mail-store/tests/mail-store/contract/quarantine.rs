//! Damaged records and bodies cost their message and no other.

use std::fs;

use futures_util::TryStreamExt;
use mail_store::{NewMessage, Op, Outcome, Place, Quarantined, Store, StoreError};

use super::bodies::{bytes, stored};
use crate::kit::*;

pub async fn what_was_set_aside_is_listed_until_it_is_forgotten(backend: Backend) {
    let store = backend.open().await;
    for number in 1..4 {
        done(&store, into_inbox(number)).await;
    }
    let (options, directory) = backend.options();
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
    assert_eq!(store.quarantined().await.unwrap(), 1);
    let forget = Op::Forget {
        before: at(100),
        limit: 10,
        at: at(5_000),
    };
    assert_eq!(outcome(&store, forget).await, Outcome::Counted(3));
    assert_eq!(options.quarantined(directory).await.unwrap(), []);
    assert_eq!(store.quarantined().await.unwrap(), 0);
}

async fn read(store: &Store, number: usize) -> Result<Vec<u8>, StoreError> {
    let seq = message(store, number).await.seq;
    let body = store.chunk(seq, 1).await?.expect("a body");
    let parts: Vec<_> = store.read(body).await?.try_collect().await?;
    Ok(parts.concat())
}

pub async fn a_body_that_disagrees_with_its_record_is_not_given_out(backend: Backend) {
    let store = backend.open().await;
    let given = bytes(100_000);
    for number in 1..5 {
        let with_body = NewMessage {
            body: Some(stored(&store, number as u128, &given).await),
            ..new(number)
        };
        done(&store, accept(with_body, Place::Inbox)).await;
    }
    let files = backend.body_files();
    assert_eq!(files.len(), 4);
    let mut flipped = given.to_vec();
    flipped[99_999] ^= 1;
    fs::write(&files[0], flipped).unwrap();
    fs::write(&files[1], &given[1..]).unwrap();
    fs::remove_file(&files[2]).unwrap();
    for number in 1..4 {
        let error = read(&store, number).await.expect_err("damaged");
        assert!(error.is_damage(), "{number}: {error}");
    }
    assert_eq!(read(&store, 4).await.unwrap(), given);
}

pub async fn a_record_that_cannot_be_read_stays_alone(backend: Backend) {
    let store = backend.open().await;
    for number in 1..4 {
        done(&store, into_inbox(number)).await;
    }
    backend.meddle("UPDATE message SET workflow = '' WHERE seq = 2");
    let error = store.message(&id(2)).await.expect_err("damaged");
    assert!(error.is_damage(), "{error}");
    let found = store.seq_in_inbox(&mailbox(RECIPIENT), &id(2)).await;
    assert_eq!(found.unwrap(), Some(2));
    let recent = store.recent(10, i64::MAX).await.unwrap();
    let recent: Vec<_> = recent.into_iter().map(|message| message.id).collect();
    assert_eq!(recent, ids([3, 1]));
}

pub async fn a_place_in_an_inbox_that_cannot_be_read_stops_nobody(backend: Backend) {
    for (first, sql) in [
        (1, "UPDATE pending SET id = 'no id' WHERE seq = 2"),
        (4, "UPDATE pending SET workflow = '' WHERE seq = 5"),
    ] {
        let store = backend.open().await;
        for number in first..first + 3 {
            done(&store, into_inbox(number)).await;
        }
        drop(store);
        backend.meddle(sql);
        let store = backend.open().await;
        let wanted = |_: &_| true;
        let slice = store.inbox(&mailbox(RECIPIENT), 0, 10, &wanted).await;
        let left = [first, first + 2];
        assert_eq!(slice.unwrap().ids, ids(left), "{sql}");
        store.waiting_longest(at(10), 10).await.unwrap();
        let damaged = first as i64 + 1;
        assert_eq!(store.damaged(), [damaged]);
        assert!(store.damaged().is_empty());
        done(&store, set_aside(damaged)).await;
        assert_eq!(inbox(&store, RECIPIENT).await, ids(left));
        let (options, directory) = backend.options();
        let listed = options.quarantined(directory).await.unwrap();
        assert_eq!(listed.last().unwrap().id, Some(id(first + 1)));
        for number in left {
            done(&store, acknowledge(number, RECIPIENT)).await;
        }
    }
}
