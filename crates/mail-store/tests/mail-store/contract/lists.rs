//! What a mailbox sent and was sent, and under which local id.

use jiff::Timestamp;
use mail_store::{Details, ListFrom, NewMessage, Place, Store};
use nhs::MessageId;

use crate::kit::*;

async fn newest(
    store: &Store,
    from: ListFrom,
    of: &str,
    since: Timestamp,
    before_seq: i64,
    limit: u32,
) -> Vec<MessageId> {
    let found = store
        .lists()
        .await
        .unwrap()
        .newest(from, &mailbox(of), since, before_seq, limit)
        .await
        .unwrap();
    found.into_iter().map(|message| message.id).collect()
}

async fn all(store: &Store, from: ListFrom, of: &str) -> Vec<MessageId> {
    newest(store, from, of, start(), i64::MAX, 100).await
}

pub async fn the_newest_come_first_in_pages(backend: Backend) {
    let store = backend.open().await;
    for number in 1..=3 {
        done(&store, into_inbox(number)).await;
    }
    done(&store, to_patient(4, 1)).await;
    let to_sender = NewMessage {
        sender: Some(mailbox(RECIPIENT)),
        recipient: Some(mailbox(SENDER)),
        ..new(5)
    };
    done(&store, accept(to_sender, Place::Inbox)).await;
    done(&store, acknowledge(2, RECIPIENT)).await;
    use ListFrom::{Received, Sent};
    assert_eq!(all(&store, Sent, SENDER).await, ids([4, 3, 2, 1]));
    assert_eq!(all(&store, Received, RECIPIENT).await, ids([3, 2, 1]));
    done(&store, deliver(4)).await;
    assert_eq!(all(&store, Received, RECIPIENT).await, ids([4, 3, 2, 1]));
    assert_eq!(all(&store, Received, SENDER).await, ids([5]));
    let third = message(&store, 3).await.seq;
    let page = newest(&store, Sent, SENDER, start(), third, 1).await;
    assert_eq!(page, ids([2]));
    let since = newest(&store, Received, RECIPIENT, at(2), i64::MAX, 100).await;
    assert_eq!(since, ids([4, 3]));
}

pub async fn a_local_id_finds_its_messages(backend: Backend) {
    let store = backend.open().await;
    for (number, local_id) in [(1, "a"), (2, "b"), (3, "a")] {
        let details = Details {
            local_id: Some(local_id.into()),
            ..Details::default()
        };
        let given = NewMessage {
            details,
            ..new(number)
        };
        done(&store, accept(given, Place::Inbox)).await;
    }
    let find = async |of: &str, local_id: &[u8]| -> Vec<MessageId> {
        let found = store
            .lists()
            .await
            .unwrap()
            .by_local_id(&mailbox(of), local_id, 5)
            .await
            .unwrap();
        found.into_iter().map(|message| message.id).collect()
    };
    assert_eq!(find(SENDER, b"a").await, ids([3, 1]));
    assert_eq!(find(SENDER, b"b").await, ids([2]));
    assert_eq!(find(SENDER, b"c").await, []);
    assert_eq!(find(RECIPIENT, b"a").await, []);
}
