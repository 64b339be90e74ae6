//! What an operator wants removed.

use mail_store::{MessageState, NewMessage, Op, Outcome, Place, Purge, Usage};

use crate::kit::*;

fn acknowledged_before(seconds: i64) -> Purge {
    Purge {
        mailbox: mailbox(SENDER),
        states: vec![MessageState::Acknowledged],
        before: at(seconds),
    }
}

pub async fn what_is_wanted_goes_and_nothing_else(backend: Backend) {
    let store = backend.open().await;
    for number in 1..=5 {
        done(&store, into_inbox(number)).await;
    }
    let of_another = NewMessage {
        sender: Some(mailbox(RECIPIENT)),
        ..new(6)
    };
    done(&store, accept(of_another, Place::Inbox)).await;
    for number in [1, 2, 4, 6] {
        done(&store, acknowledge(number, RECIPIENT)).await;
    }
    let removed = store.purge(&acknowledged_before(4), at(60)).await;
    assert_eq!(removed.unwrap(), 2);
    for (number, is_there) in [(1, false), (2, false), (3, true), (4, true), (6, true)] {
        let found = store.message(&id(number)).await.unwrap();
        assert_eq!(found.is_some(), is_there, "{number}");
    }
    assert_eq!(inbox(&store, RECIPIENT).await, ids([3, 5]));
    let usage = store.usage(&mailbox(SENDER)).await.unwrap();
    let expected = Usage {
        messages: 3,
        bytes: 18,
        waiting: 2,
    };
    assert_eq!(usage, expected);
    let again = store.purge(&acknowledged_before(4), at(60)).await;
    assert_eq!(again.unwrap(), 0);
    let lines = store.audit_page(None, 2).await.unwrap();
    for (line, number) in lines.iter().zip([2, 1]) {
        assert_eq!((line.actor.as_str(), line.at), ("operator", at(60)));
        let expected = ("purged", id(number).to_string());
        assert_eq!((line.action.as_str(), line.subject.clone()), expected);
    }
}

pub async fn what_waits_goes_from_inbox_queue_and_uploads(backend: Backend) {
    let store = backend.open().await;
    done(&store, into_inbox(1)).await;
    done(&store, to_patient(2, 1)).await;
    let upload = NewMessage {
        total_chunks: 2,
        ..new(3)
    };
    done(&store, accept(upload, Place::Uploading(None))).await;
    let purge = Purge {
        states: vec![MessageState::Accepted, MessageState::Uploading],
        ..acknowledged_before(90)
    };
    assert_eq!(store.purge(&purge, at(60)).await.unwrap(), 3);
    assert_eq!(inbox(&store, RECIPIENT).await, []);
    assert_eq!(due(&store, 9_000).await.len(), 0);
    assert_eq!(store.uploads(9).await.unwrap(), []);
    let usage = store.usage(&mailbox(SENDER)).await.unwrap();
    assert_eq!(usage, Usage::default());
    done(&store, into_inbox(1)).await;
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1]));
}

pub async fn an_order_is_carried_out_once(backend: Backend) {
    let store = backend.open().await;
    done(&store, into_inbox(1)).await;
    done(&store, acknowledge(1, RECIPIENT)).await;
    let operator = store.operators_directory().unwrap();
    assert_eq!(store.purge_orders().await.unwrap(), []);
    let order = operator.order_purge(&acknowledged_before(50), at(40));
    let order = order.unwrap();
    assert_eq!(operator.purged(order).unwrap(), None);
    let open = store.purge_orders().await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(
        (open[0].number, &open[0].purge),
        (order, &acknowledged_before(50))
    );
    store.carry_out_purges(at(60)).await.unwrap();
    assert_eq!(operator.purged(order).unwrap(), Some(1));
    assert_eq!(store.purge_orders().await.unwrap(), []);
    for order in [order, order + 1] {
        let ended = Op::EndPurge { order, removed: 9 };
        assert_eq!(outcome(&store, ended).await, Outcome::NotFound);
    }
    assert_eq!(operator.purged(order).unwrap(), Some(1));
    let lines = store.audit_page(None, 9).await.unwrap();
    let ordered = lines.iter().find(|line| line.action == "purge mailbox");
    let ordered = ordered.expect("a line about the order");
    assert_eq!(ordered.subject, SENDER);
    assert_eq!(
        ordered.detail,
        "states=acknowledged before=2026-11-22T10:00:50Z"
    );
}
