//! A copy taken while the server works is a store of its own, and whole.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use jiff::ToSpan;
use mail_store::{Op, Store, back_up, verify_audit};

use crate::support::*;

#[tokio::test]
async fn a_copy_taken_under_load_holds_all_that_was_acknowledged_before() {
    let dir = tempfile::tempdir().unwrap();
    let copies = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    fs::write(dir.path().join("key"), b"a key").unwrap();
    for number in 0..40 {
        send(&store, number).await;
    }
    for number in 40..50 {
        send_large(&store, number).await;
    }
    done(&store, vec![acknowledge(0)]).await;
    let (stop, mut stopped) = tokio::sync::watch::channel(false);
    let load = tokio::spawn({
        let store = store.clone();
        async move {
            let mut number = 1000;
            while !*stopped.borrow_and_update() {
                send_large(&store, number).await;
                send(&store, number + 1).await;
                done(&store, vec![acknowledge(number)]).await;
                number += 2;
            }
            number
        }
    });
    let to = copies.path().join("one");
    let (from, target) = (dir.path().to_owned(), to.clone());
    let backup = tokio::task::spawn_blocking(move || back_up(&from, &target, &["key", "none"]))
        .await
        .unwrap()
        .unwrap();
    stop.send(true).unwrap();
    load.await.unwrap();
    assert!(backup.damaged.is_empty());
    assert!(backup.messages >= 50 && backup.bodies >= 10);

    let copy = Store::open(&to).unwrap();
    let waiting = inbox(&copy).await;
    for number in 0..50 {
        assert_eq!(waiting.contains(&message_id(number)), number != 0);
        let (ours, theirs) = (body(&store, number).await, body(&copy, number).await);
        assert_eq!(ours.unwrap(), theirs.unwrap());
    }
    // of what was sent meanwhile, each is there whole or not at all
    for id in waiting {
        let message = copy.message(&id).await.unwrap().unwrap();
        let body = copy.chunk(message.seq, 1).await.unwrap().unwrap();
        copy.read(body).await.unwrap();
    }
    assert_eq!(verify_audit(&to, None).unwrap().broken, None);
    assert_eq!(fs::read(to.join("key")).unwrap(), b"a key");
    // the copy takes new mail
    send(&copy, 9999).await;
}

#[tokio::test]
async fn a_copy_is_private_and_never_half_there() {
    let dir = tempfile::tempdir().unwrap();
    let copies = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    send_large(&store, 1).await;
    let to = copies.path().join("deep/copy");
    back_up(dir.path(), &to, &[]).unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(to.clone()), 0o700);
    assert_eq!(mode(to.join("records.sqlite3")), 0o600);
    for file in body_files(&to) {
        assert_eq!(mode(file), 0o600);
    }
    // what an earlier attempt left half done is not in the way, what is whole is not overwritten
    let partial = copies.path().join("two.partial");
    fs::create_dir(&partial).unwrap();
    fs::write(partial.join("records.sqlite3"), b"half").unwrap();
    back_up(dir.path(), &copies.path().join("two"), &[]).unwrap();
    assert!(!partial.exists());
    assert!(back_up(dir.path(), &to, &[]).is_err());
    assert!(
        back_up(
            &dir.path().join("nothing"),
            &copies.path().join("three"),
            &[]
        )
        .is_err()
    );
    assert!(!copies.path().join("three").exists());
}

#[tokio::test]
async fn bodies_deleted_while_they_are_copied_leave_the_copy_consistent() {
    let dir = tempfile::tempdir().unwrap();
    let copies = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    for number in 0..60 {
        send_large(&store, number).await;
    }
    let forgetting = tokio::spawn({
        let store = store.clone();
        async move {
            for _ in 0..40 {
                let before = now().checked_add(1.second()).unwrap();
                let (limit, at) = (1, now());
                done(&store, vec![Op::Forget { before, limit, at }]).await;
                store.sweep(jiff::Timestamp::MIN).await.unwrap();
            }
        }
    });
    let mut round = 0;
    while !forgetting.is_finished() {
        let (from, to) = (dir.path().to_owned(), copies.path().join(round.to_string()));
        let target = to.clone();
        let backup = tokio::task::spawn_blocking(move || back_up(&from, &target, &[]))
            .await
            .unwrap()
            .unwrap();
        assert!(backup.damaged.is_empty(), "{:?}", backup.damaged);
        let copy = Store::open(&to).unwrap();
        for id in inbox(&copy).await {
            let message = copy.message(&id).await.unwrap().unwrap();
            let body = copy.chunk(message.seq, 1).await.unwrap().unwrap();
            copy.read(body).await.unwrap();
        }
        round += 1;
    }
    forgetting.await.unwrap();
}

#[tokio::test]
async fn a_damaged_body_is_told_and_does_not_stop_the_copy() {
    let dir = tempfile::tempdir().unwrap();
    let copies = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    for number in 0..3 {
        send_large(&store, number).await;
    }
    let files = body_files(dir.path());
    fs::write(&files[0], vec![9; 40_000]).unwrap();
    fs::remove_file(&files[1]).unwrap();
    let to = copies.path().join("copy");
    let backup = back_up(dir.path(), &to, &[]).unwrap();
    assert_eq!((backup.messages, backup.damaged.len()), (3, 2));
    let copy = Store::open(&to).unwrap();
    assert_eq!(body(&copy, 2).await.unwrap(), vec![2; 40_000]);
}
