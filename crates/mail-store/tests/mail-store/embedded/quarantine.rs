//! Damage to one message stays with that message.

use std::fs;

use jiff::ToSpan;
use mail_store::{Op, Outcome, Place, QueuedJob, Store, StoreError};

use super::support::*;

async fn seq(store: &Store, number: u64) -> i64 {
    let message = store.message(&message_id(number)).await.unwrap();
    message.expect("stored").seq
}

fn set_aside(seq: i64) -> Op {
    let failure = failure("14");
    Op::SetAside { seq, failure }
}

#[tokio::test]
async fn a_flipped_byte_in_any_column_is_noticed() {
    for column in [
        "recipient = 'A20048OT001'",
        "sender = 'A81002OT001'",
        "workflow = 'GPFED_CONSULT_REPORU'",
        "sent_at = sent_at + 1",
        "local_id = X'00'",
        "total_chunks = 2",
        "flags = 1",
        "length = length - 1",
        "kind = 1",
        "id = 'no id at all!'",
        "crc = crc + (1 << 32)",
    ] {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        for number in 1..4 {
            send(&store, number).await;
        }
        store.lists().await.unwrap();
        meddle(
            dir.path(),
            &format!("UPDATE message SET {column} WHERE seq = 2"),
        );
        match store.message(&message_id(2)).await {
            Err(error) => assert!(error.is_damage(), "{column}: {error}"),
            Ok(found) => assert!(found.is_none() && column.starts_with("id"), "{column}"),
        }
        // the others are as they were, in lists too
        let received = mail_store::ListFrom::Received;
        let since = jiff::Timestamp::MIN;
        let list = store
            .lists()
            .await
            .unwrap()
            .newest(received, &mailbox(RECEIVER), since, i64::MAX, 10)
            .await
            .unwrap();
        assert_eq!(list.len(), 2, "{column}");
        assert_eq!(body(&store, 3).await.unwrap(), b"the body of message 3");
    }
}

#[tokio::test]
async fn a_flipped_byte_in_a_body_is_noticed_wherever_the_body_lies() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    for number in 1..3 {
        send(&store, number).await;
    }
    for number in 3..8 {
        send_large(&store, number).await;
    }
    meddle(
        dir.path(),
        "UPDATE message SET body = X'00' || substr(body, 2) WHERE seq = 1",
    );
    let files = body_files(dir.path());
    let mut bytes = fs::read(&files[0]).unwrap();
    bytes[20_000] ^= 1;
    fs::write(&files[0], &bytes).unwrap();
    fs::write(&files[1], &bytes[1..]).unwrap();
    fs::remove_file(&files[2]).unwrap();
    meddle(
        dir.path(),
        "UPDATE message SET sha256 = zeroblob(32) WHERE seq = 6",
    );
    for number in [1, 3, 4, 5, 6] {
        let error = body(&store, number).await.expect_err("damaged");
        assert!(error.is_damage(), "{number}: {error}");
    }
    for number in [2, 7] {
        body(&store, number).await.unwrap();
    }
}

#[tokio::test]
async fn a_message_set_aside_leaves_its_inbox_and_is_listed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    for number in 1..4 {
        send(&store, number).await;
    }
    let damaged = seq(&store, 2).await;
    let found = store.seq_in_inbox(&mailbox(RECEIVER), &message_id(2)).await;
    assert_eq!(found.unwrap(), Some(damaged));
    done(&store, vec![set_aside(damaged)]).await;
    assert_eq!(inbox(&store).await, [message_id(1), message_id(3)]);
    let again = store.commit(vec![set_aside(damaged)]).await.unwrap();
    assert_eq!(again, [Outcome::NotFound]);
    let listed = quarantined(dir.path()).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (listed[0].seq, &listed[0].id),
        (damaged, &Some(message_id(2)))
    );
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(inbox(&store).await, [message_id(1), message_id(3)]);
    assert_eq!(verify_audit(dir.path()).await.broken, None);
    // gone with its time, like any other
    let forget = Op::Forget {
        before: now().checked_add(1.second()).unwrap(),
        limit: 10,
        at: now(),
    };
    done(&store, vec![forget]).await;
    assert!(quarantined(dir.path()).await.is_empty());
}

#[tokio::test]
async fn a_place_in_an_inbox_that_cannot_be_read_stops_neither_start_nor_expiry() {
    for column in ["id = X'FF'", "recipient = 'not a mailbox'", "workflow = ''"] {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        for number in 1..4 {
            send(&store, number).await;
        }
        drop(store);
        meddle(
            dir.path(),
            &format!("UPDATE pending SET {column} WHERE seq = 2"),
        );
        let store = Store::open(dir.path()).unwrap();
        assert_eq!(
            inbox(&store).await,
            [message_id(1), message_id(3)],
            "{column}"
        );
        let later = now().checked_add(1.second()).unwrap();
        store.waiting_longest(later, 10).await.unwrap();
        assert_eq!(store.damaged(), [2]);
        assert!(store.damaged().is_empty());
        done(&store, vec![set_aside(2)]).await;
        let waiting = store.waiting_longest(later, 10).await.unwrap();
        assert_eq!(waiting.len(), 2);
        assert_eq!(quarantined(dir.path()).await[0].id, Some(message_id(2)));
    }
}

#[tokio::test]
async fn a_damaged_record_in_the_routing_queue_is_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    for number in 1..3 {
        let mut message = new_message(number, small(number));
        message.recipient = None;
        let (message, place) = (Box::new(message), Place::Routing(sealed()));
        done(&store, vec![Op::Accept { message, place }]).await;
    }
    meddle(
        dir.path(),
        "UPDATE message SET workflow = 'ANOTHER' WHERE seq = 1",
    );
    let jobs = store.routing_due(now(), now(), 10).await.unwrap();
    assert!(matches!(jobs[0], QueuedJob::Damaged { seq: 1 }));
    assert!(matches!(&jobs[1], QueuedJob::Due(job) if job.message.id == message_id(2)));
}

#[tokio::test]
async fn a_job_about_a_damaged_record_fails_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    for number in 1..20 {
        send(&store, number).await;
    }
    meddle(
        dir.path(),
        "UPDATE message SET recipient = 'not a mailbox' WHERE seq = 5",
    );
    let jobs = (1..20).map(|number| {
        let store = store.clone();
        async move { (number, store.commit(vec![acknowledge(number)]).await) }
    });
    for (number, outcome) in futures_util::future::join_all(jobs).await {
        match outcome {
            Ok(outcomes) => assert_eq!(outcomes, [Outcome::Done]),
            Err(error) => {
                assert_eq!(number, 5);
                assert!(matches!(error, StoreError::DamagedRecord(_)), "{error}");
            }
        }
    }
    send(&store, 30).await;
    assert_eq!(inbox(&store).await, [message_id(5), message_id(30)]);
}
