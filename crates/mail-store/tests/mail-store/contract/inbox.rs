//! What waits in an inbox, and how it is taken.

use mail_store::{MessageState, NewMessage, Outcome, Place};

use crate::kit::*;

pub async fn lists_in_order_of_arrival_and_continues(backend: Backend) {
    let store = backend.open().await;
    // the order of arrival is neither that of the ids nor that of the times
    let order = [3, 1, 4, 2, 5];
    for number in order {
        done(&store, into_inbox(number)).await;
    }
    assert_eq!(inbox(&store, RECIPIENT).await, ids(order));
    assert_eq!(inbox(&store, SENDER).await, []);
    let recipient = mailbox(RECIPIENT);
    let first = store.inbox(&recipient, 0, 2, &|_| true).await.unwrap();
    assert_eq!(first.ids, ids([3, 1]));
    let after = first.next_after.expect("more");
    done(&store, acknowledge(4, RECIPIENT)).await;
    let second = store.inbox(&recipient, after, 2, &|_| true).await.unwrap();
    assert_eq!((second.ids, second.next_after), (ids([2, 5]), None));
}

pub async fn lists_only_the_workflows_wanted(backend: Backend) {
    let store = backend.open().await;
    for number in 1..=6 {
        let name = if number % 2 == 0 { "EVEN" } else { "ODD" };
        let given = NewMessage {
            workflow: workflow(name),
            ..new(number)
        };
        done(&store, accept(given, Place::Inbox)).await;
    }
    let recipient = mailbox(RECIPIENT);
    let even = |workflow: &nhs::WorkflowId| workflow.as_str() == "EVEN";
    let first = store.inbox(&recipient, 0, 2, &even).await.unwrap();
    assert_eq!(first.ids, ids([2, 4]));
    let after = first.next_after.expect("more");
    let second = store.inbox(&recipient, after, 2, &even).await.unwrap();
    assert_eq!((second.ids, second.next_after), (ids([6]), None));
    assert_eq!(store.count(&recipient).await.unwrap(), 6);
    assert_eq!(store.approximate_count(&recipient).await.unwrap(), 6);
}

pub async fn only_the_recipient_takes_a_message_and_only_once(backend: Backend) {
    let store = backend.open().await;
    done(&store, into_inbox(1)).await;
    assert_eq!(
        outcome(&store, acknowledge(1, SENDER)).await,
        Outcome::NotFound
    );
    assert_eq!(
        outcome(&store, acknowledge(2, RECIPIENT)).await,
        Outcome::NotFound
    );
    done(&store, acknowledge(1, RECIPIENT)).await;
    assert_eq!(
        outcome(&store, acknowledge(1, RECIPIENT)).await,
        Outcome::NotFound
    );
    assert_eq!(inbox(&store, RECIPIENT).await, []);
    let found = message(&store, 1).await;
    assert_eq!(
        (found.state, found.state_at),
        (MessageState::Acknowledged, at(1_000))
    );
    assert_eq!(found.acknowledged_at, Some(at(1_000)));
}

pub async fn a_position_is_known_after_the_acknowledgement(backend: Backend) {
    let store = backend.open().await;
    for number in 1..=3 {
        done(&store, into_inbox(number)).await;
    }
    let seq = message(&store, 2).await.seq;
    let before = store.inbox_position(seq).await.unwrap();
    done(&store, acknowledge(2, RECIPIENT)).await;
    let position = store.inbox_position(seq).await.unwrap();
    assert_eq!(position, before);
    let recipient = mailbox(RECIPIENT);
    let rest = store
        .inbox(&recipient, position.unwrap(), 9, &|_| true)
        .await
        .unwrap();
    assert_eq!(rest.ids, ids([3]));
    assert_eq!(store.inbox_position(seq + 100).await.unwrap(), None);
}

pub async fn the_longest_waiting_come_first(backend: Backend) {
    let store = backend.open().await;
    for number in 1..=4 {
        done(&store, into_inbox(number)).await;
    }
    done(&store, acknowledge(2, RECIPIENT)).await;
    let waiting = store.waiting_longest(at(4), 10).await.unwrap();
    let found: Vec<_> = waiting.iter().map(|waiting| waiting.id.clone()).collect();
    assert_eq!(found, ids([1, 3]));
    assert_eq!(waiting[0].since, at(1));
    assert_eq!(store.waiting_longest(at(9), 1).await.unwrap().len(), 1);
}
