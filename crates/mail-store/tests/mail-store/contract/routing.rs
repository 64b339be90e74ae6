//! The queue of messages whose patient address waits to be resolved.

use mail_store::{FailedAs, MessageState, NewMessage, Op, Outcome, Place};

use crate::kit::*;

fn postpone(number: usize, seconds: i64) -> Op {
    Op::Postpone {
        message: id(number),
        attempts: 3,
        next_at: at(seconds),
    }
}

pub async fn a_job_is_due_until_it_is_delivered(backend: Backend) {
    let store = backend.open().await;
    done(&store, to_patient(1, 1)).await;
    let accepted = message(&store, 1).await;
    assert_eq!(
        (accepted.state, accepted.recipient),
        (MessageState::Accepted, None)
    );
    assert_eq!(due(&store, 0).await.len(), 0);
    assert_eq!(store.next_routing().await.unwrap(), Some(at(1)));
    let jobs = due(&store, 2).await;
    assert_eq!(jobs.len(), 1);
    assert_eq!((jobs[0].attempts, jobs[0].since), (0, at(1)));
    assert_eq!(
        (&jobs[0].address.0, jobs[0].order_key),
        (&address(1).sealed, [1; 16])
    );
    assert_eq!(
        due_ids(&store, 3).await,
        ids([1]),
        "a node may ask for its own jobs again"
    );
    done(&store, deliver(1)).await;
    assert_eq!(outcome(&store, deliver(1)).await, Outcome::NotFound);
    assert_eq!(due(&store, 9_000).await.len(), 0);
    assert_eq!(store.next_routing().await.unwrap(), None);
    assert_eq!(inbox(&store, RECIPIENT).await, ids([1]));
    let delivered = message(&store, 1).await;
    assert_eq!(delivered.recipient, Some(mailbox(RECIPIENT)));
    done(&store, acknowledge(1, RECIPIENT)).await;
    done(&store, to_patient(2, 1)).await;
    let hidden = Op::Deliver {
        message: id(2),
        recipient: mailbox(RECIPIENT),
        hidden: true,
        at: at(9),
    };
    done(&store, hidden).await;
    assert!(message(&store, 2).await.recipient_hidden);
}

pub async fn a_job_put_off_is_due_later(backend: Backend) {
    let store = backend.open().await;
    done(&store, to_patient(1, 1)).await;
    done(&store, to_patient(2, 2)).await;
    done(&store, postpone(1, 60)).await;
    assert_eq!(outcome(&store, postpone(3, 60)).await, Outcome::NotFound);
    assert_eq!(due_ids(&store, 59).await, ids([2]));
    let jobs = due(&store, 60).await;
    assert_eq!(jobs.len(), 2);
    // in its turn, which it keeps
    assert_eq!((&jobs[0].message.id, jobs[0].attempts), (&id(1), 3));
}

pub async fn a_job_put_off_holds_back_those_behind_it(backend: Backend) {
    let store = backend.open().await;
    for (number, key) in [(1, 1), (2, 2), (3, 1), (4, 1)] {
        done(&store, to_patient(number, key)).await;
    }
    done(&store, postpone(3, 100)).await;
    assert_eq!(due_ids(&store, 50).await, ids([1, 2]), "4 waits for 3");
    done(&store, deliver(1)).await;
    done(&store, deliver(3)).await;
    assert_eq!(due_ids(&store, 60).await, ids([2, 4]));
}

pub async fn what_is_found_at_once_is_delivered_as_it_is_accepted(backend: Backend) {
    let store = backend.open().await;
    done(&store, to_patient(1, 1)).await;
    done(&store, routed(2, 0)).await;
    assert_eq!(outcome(&store, routed(2, 0)).await, Outcome::Duplicate);
    assert_eq!(inbox(&store, RECIPIENT).await, ids([2]));
    assert_eq!(due_ids(&store, 9_000).await, ids([1]));
    let delivered = message(&store, 2).await;
    assert_eq!(delivered.recipient, Some(mailbox(RECIPIENT)));
    assert!(delivered.recipient_hidden && delivered.accepted_at == Some(at(2)));
    assert_eq!(outcome(&store, deliver(2)).await, Outcome::NotFound);
    let lists = store.lists().await.unwrap();
    let trail = lists.audit_of(id(2).as_str()).await.unwrap();
    let lines: Vec<_> = trail
        .iter()
        .map(|line| {
            (
                line.actor.as_str(),
                line.action.as_str(),
                line.detail.as_str(),
            )
        })
        .collect();
    let to = format!("to={RECIPIENT}");
    let workflow = format!("workflow={WORKFLOW} routing");
    let expected = [
        (SENDER, "accepted", workflow.as_str()),
        ("exchange", "delivered", &to),
        (SENDER, "routed", "patient:00"),
    ];
    assert_eq!(lines, expected);
    done(&store, acknowledge(2, RECIPIENT)).await;
}

pub async fn what_is_found_at_once_overtakes_nothing_to_its_patient(backend: Backend) {
    let store = backend.open().await;
    done(&store, to_patient(1, 1)).await;
    done(&store, postpone(1, 60)).await;
    assert_eq!(outcome(&store, routed(2, 1)).await, Outcome::Queued);
    done(&store, routed(3, 2)).await;
    assert_eq!(inbox(&store, RECIPIENT).await, ids([3]));
    let waits = message(&store, 2).await;
    assert_eq!(
        (waits.recipient, waits.state),
        (None, MessageState::Accepted)
    );
    let lists = store.lists().await.unwrap();
    let trail = lists.audit_of(id(2).as_str()).await.unwrap();
    assert_eq!((trail.len(), trail[0].action.as_str()), (1, "accepted"));
    assert_eq!(due_ids(&store, 50).await, []);
    assert_eq!(due_ids(&store, 60).await, ids([1]));
    done(&store, deliver(1)).await;
    assert_eq!(due_ids(&store, 60).await, ids([2]));
    // of those that are accepted together too
    let job = vec![to_patient(4, 4), routed(5, 4)];
    let outcomes = store.commit(job).await.unwrap();
    assert_eq!(outcomes, [Outcome::Done, Outcome::Queued]);
    for number in [2, 4, 5] {
        done(&store, deliver(number)).await;
    }
    assert_eq!(inbox(&store, RECIPIENT).await, ids([3, 1, 2, 4, 5]));
    done(&store, routed(6, 1)).await;
}

/// One sender's many jobs hold up nobody who has few.
pub async fn senders_take_turns(backend: Backend) {
    let store = backend.open().await;
    let queue = async |number: usize, from: &str| {
        let message = NewMessage {
            sender: Some(mailbox(from)),
            recipient: None,
            ..new(number)
        };
        let key = u8::try_from(number).unwrap();
        done(&store, accept(message, Place::Routing(address(key)))).await;
    };
    for number in 1..=6 {
        queue(number, SENDER).await;
    }
    // both come later, and need not wait for the six
    queue(11, RECIPIENT).await;
    queue(12, RECIPIENT).await;
    queue(13, "X26OT003").await;
    let turns = [1, 11, 13, 2, 12, 3, 4, 5, 6];
    assert_eq!(due_ids(&store, 100).await, ids(turns));
    let four = store.routing_due(at(100), at(700), 4).await.unwrap();
    assert_eq!(four.len(), 4);
    // a sender's next job takes its place behind its own last
    for number in [1, 11, 13] {
        done(&store, deliver(number)).await;
    }
    queue(14, RECIPIENT).await;
    queue(15, "X26OT003").await;
    let turns = [2, 12, 15, 3, 14, 4, 5, 6];
    assert_eq!(due_ids(&store, 200).await, ids(turns));
}

pub async fn what_fails_leaves_queue_and_inbox(backend: Backend) {
    let store = backend.open().await;
    done(&store, to_patient(1, 1)).await;
    done(&store, into_inbox(2)).await;
    for number in [1, 2] {
        let fail = Op::Fail {
            message: id(number),
            failed_as: FailedAs::Error,
            failure: failure("EPL-153"),
        };
        done(&store, fail.clone()).await;
        assert_eq!(outcome(&store, fail).await, Outcome::NotFound);
        let found = message(&store, number).await;
        assert_eq!(
            (found.state, found.state_at),
            (MessageState::Error, at(700))
        );
        assert_eq!(found.failure, Some(failure("EPL-153")));
    }
    assert_eq!(due(&store, 9_000).await.len(), 0);
    assert_eq!(inbox(&store, RECIPIENT).await, []);
    assert_eq!(
        outcome(&store, acknowledge(2, RECIPIENT)).await,
        Outcome::NotFound
    );
}

pub async fn a_job_set_aside_counts_as_failed(backend: Backend) {
    let store = backend.open().await;
    done(&store, to_patient(1, 1)).await;
    let seq = message(&store, 1).await.seq;
    let set_aside = |seq| Op::SetAside {
        seq,
        failure: failure("14"),
    };
    assert_eq!(outcome(&store, set_aside(seq + 1)).await, Outcome::NotFound);
    done(&store, into_inbox(2)).await;
    let waiting = message(&store, 2).await.seq;
    done(&store, set_aside(waiting)).await;
    assert_eq!(inbox(&store, RECIPIENT).await, []);
    done(&store, set_aside(seq)).await;
    assert_eq!(outcome(&store, set_aside(seq)).await, Outcome::NotFound);
    let trail = store
        .lists()
        .await
        .unwrap()
        .audit_of(id(1).as_str())
        .await
        .unwrap();
    assert_eq!(trail.last().unwrap().action, "quarantined");
    assert_eq!(due(&store, 9_000).await.len(), 0);
    assert_eq!(message(&store, 1).await.state, MessageState::Error);
}

pub async fn a_job_tried_now_is_due_with_those_that_hold_it_back(backend: Backend) {
    let store = backend.open().await;
    for (number, key) in [(1, 1), (2, 1), (3, 1), (4, 2)] {
        done(&store, to_patient(number, key)).await;
        let postpone = Op::Postpone {
            message: id(number),
            attempts: 1,
            next_at: at(100 + number as i64),
        };
        done(&store, postpone).await;
    }
    let try_now = |number| Op::TryNow {
        message: id(number),
        at: at(50),
    };
    assert_eq!(due_ids(&store, 60).await, []);
    done(&store, try_now(2)).await;
    assert_eq!(due_ids(&store, 49).await, []);
    // the third comes after both, the fourth is another patient's
    assert_eq!(due_ids(&store, 60).await, ids([1, 2]));
    let queue = store.routing_queue(9).await.unwrap();
    assert!(queue.iter().all(|job| job.attempts == 1));
    // what is due already stays so
    let later = Op::TryNow {
        message: id(1),
        at: at(55),
    };
    done(&store, later).await;
    assert_eq!(store.next_routing().await.unwrap(), Some(at(50)));
    done(&store, deliver(2)).await;
    for gone in [2, 9] {
        assert_eq!(outcome(&store, try_now(gone)).await, Outcome::NotFound);
    }
}
