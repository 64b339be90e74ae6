//! Copies taken while a store is at work.

use std::fs;

use futures_util::TryStreamExt;
use mail_store::{NewMessage, Op, Place, Store};

use super::bodies::{bytes, stored};
use crate::kit::*;

async fn send_large(store: &Store, number: usize) {
    let body = stored(store, number as u128, &bytes(40_000)).await;
    let with_body = NewMessage {
        body: Some(body),
        ..new(number)
    };
    done(store, accept(with_body, Place::Inbox)).await;
}

async fn read(store: &Store, number: usize) -> Vec<u8> {
    let seq = message(store, number).await.seq;
    let body = store.chunk(seq, 1).await.unwrap().expect("a body");
    let parts: Vec<_> = store.read(body).await.unwrap().try_collect().await.unwrap();
    parts.concat()
}

pub async fn a_copy_taken_under_load_restores_all_that_was_acknowledged_before(backend: Backend) {
    let store = backend.open().await;
    for number in 0..10 {
        done(&store, into_inbox(number)).await;
        send_large(&store, 10 + number).await;
    }
    done(&store, acknowledge(0, RECIPIENT)).await;
    done(&store, to_patient(20, 1)).await;
    let operators = store.operators_directory().unwrap();
    operators
        .set_patient_routing(&workflow(WORKFLOW), true, at(1))
        .unwrap();
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy");
    let beside = copies.path().join("key");
    fs::write(&beside, "a key").unwrap();
    let (options, directory) = backend.options();
    let beside = [(beside.as_path(), "key")];
    let mut backing_up = std::pin::pin!(options.back_up(directory, &copy, &beside, &[]));
    let mut number = 1_000;
    let backup = loop {
        let sending = async {
            send_large(&store, number).await;
            done(&store, into_inbox(number + 1)).await;
            done(&store, acknowledge(number, RECIPIENT)).await;
        };
        tokio::select! {
            biased;
            backup = &mut backing_up => break backup.unwrap(),
            () = sending => number += 2,
        }
    };
    assert!(backup.damaged.is_empty(), "{:?}", backup.damaged);
    assert!(backup.messages >= 21 && backup.bodies >= 10);
    assert_eq!(fs::read(copy.join("key")).unwrap(), b"a key");
    assert!(options.back_up(directory, &copy, &[], &[]).await.is_err());

    let restored = backend.restored(&copy).await;
    let copy = restored.open().await;
    let waiting = inbox(&copy, RECIPIENT).await;
    for number in 0..20 {
        assert_eq!(waiting.contains(&id(number)), number != 0);
        assert_eq!(read(&copy, number).await, read(&store, number).await);
        let (ours, theirs) = (message(&copy, number).await, message(&store, number).await);
        assert_eq!(
            (ours.seq, ours.state, ours.size, ours.recipient),
            (theirs.seq, theirs.state, theirs.size, theirs.recipient)
        );
    }
    // of what was sent meanwhile, each is there whole or not at all
    for number in 1_000..number {
        if waiting.contains(&id(number)) {
            read(&copy, number).await;
        }
    }
    assert_eq!(due_ids(&copy, 100).await, ids([20]));
    assert_eq!(
        copy.directory().await.unwrap().workflows,
        store.directory().await.unwrap().workflows
    );
    let (options, directory) = restored.options();
    let check = options.verify_audit(directory, None).await.unwrap();
    assert_eq!(check.broken, None);
    // it takes new mail, behind what it has
    send_large(&copy, 99_999).await;
    assert_eq!(inbox(&copy, RECIPIENT).await.last(), Some(&id(99_999)));
    let newest = copy.recent(1, i64::MAX).await.unwrap();
    assert_eq!(newest[0].id, id(99_999));
}

pub async fn bodies_deleted_meanwhile_and_damaged_before_are_told_apart(backend: Backend) {
    let store = backend.open().await;
    for number in 0..30 {
        send_large(&store, number).await;
    }
    let files = backend.body_files();
    let damaged = &files[28..];
    fs::write(&damaged[0], vec![9; 40_000]).unwrap();
    fs::remove_file(&damaged[1]).unwrap();
    let forgetting = async {
        for _ in 0..20 {
            let forget = Op::Forget {
                before: at(100),
                limit: 1,
                at: at(5_000),
            };
            store.commit(vec![forget]).await.unwrap();
            store.sweep(jiff::Timestamp::MIN).await.unwrap();
        }
    };
    let copies = tempfile::tempdir().unwrap();
    let to = copies.path().join("copy");
    let (options, directory) = backend.options();
    let (backup, ()) = tokio::join!(options.back_up(directory, &to, &[], &[]), forgetting);
    let mut told = backup.unwrap().damaged;
    told.sort();
    assert_eq!(told.len(), 2, "{told:?}");
    for (told, file) in told.iter().zip(damaged) {
        assert!(file.ends_with(told), "{told}");
    }
    assert!(!to.with_extension("partial").exists());
}
