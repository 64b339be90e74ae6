//! What the operator's pages read.

use mail_store::{
    MailboxSummary, NewMessage, Op, Place, RoutingBacklog, RoutingSummary, UploadSummary, Usage,
};

use super::directory::record;
use crate::kit::*;

pub async fn mailboxes_at_a_glance(backend: Backend) {
    let store = backend.open().await;
    let directory = store.operators_directory().unwrap();
    for (id, ods) in [(SENDER, "A81001"), (RECIPIENT, "A20047")] {
        assert!(directory.add_mailbox(&record(id, ods), at(0)).unwrap());
    }
    for number in 1..=3 {
        done(&store, into_inbox(number)).await;
    }
    done(&store, acknowledge(1, RECIPIENT)).await;
    let upload = NewMessage {
        total_chunks: 2,
        ..new(4)
    };
    done(&store, accept(upload, Place::Uploading(None))).await;
    let expected = [
        MailboxSummary {
            mailbox: mailbox(RECIPIENT),
            waiting: 2,
            oldest: Some(at(2)),
            uploading: 0,
            sent: Usage::default(),
        },
        MailboxSummary {
            mailbox: mailbox(SENDER),
            waiting: 0,
            oldest: None,
            uploading: 1,
            sent: Usage {
                messages: 4,
                bytes: 24,
                waiting: 3,
            },
        },
    ];
    assert_eq!(store.mailbox_summaries().await.unwrap(), expected);
}

pub async fn queues_at_a_glance(backend: Backend) {
    let store = backend.open().await;
    let empty = RoutingBacklog::default();
    assert_eq!(store.routing_backlog().await.unwrap(), empty);
    done(&store, to_patient(1, 1)).await;
    done(&store, to_patient(2, 2)).await;
    let postpone = Op::Postpone {
        message: id(1),
        attempts: 2,
        next_at: at(60),
    };
    done(&store, postpone).await;
    // put off, and still the oldest
    let backlog = RoutingBacklog {
        waiting: 2,
        oldest: Some(at(1)),
    };
    assert_eq!(store.routing_backlog().await.unwrap(), backlog);
    let upload = NewMessage {
        total_chunks: 4,
        recipient: None,
        ..new(3)
    };
    done(&store, accept(upload, Place::Uploading(Some(address(9))))).await;
    let chunk = Op::Chunk {
        message: id(3),
        number: 2,
        body: inline(b"123"),
        at: at(4),
    };
    done(&store, chunk).await;
    let job = |number, attempts, next_at| RoutingSummary {
        message: id(number),
        sender: Some(mailbox(SENDER)),
        workflow: workflow(WORKFLOW),
        accepted_at: at(number as i64),
        attempts,
        next_at: at(next_at),
    };
    let queue = store.routing_queue(10).await.unwrap();
    assert_eq!(queue, [job(2, 0, 2), job(1, 2, 60)]);
    assert_eq!(store.routing_queue(1).await.unwrap(), [job(2, 0, 2)]);
    let expected = UploadSummary {
        message: id(3),
        sender: Some(mailbox(SENDER)),
        recipient: None,
        chunks_received: 2,
        chunks_total: 4,
        bytes: 9,
        started_at: at(3),
    };
    assert_eq!(store.uploads(10).await.unwrap(), [expected]);
}

pub async fn recent_messages_of_all_mailboxes(backend: Backend) {
    let store = backend.open().await;
    done(&store, into_inbox(1)).await;
    done(&store, to_patient(2, 1)).await;
    done(&store, into_inbox(3)).await;
    let first = store.recent(2, i64::MAX).await.unwrap();
    let found: Vec<_> = first.iter().map(|message| message.id.clone()).collect();
    assert_eq!(found, ids([3, 2]));
    let rest = store.recent(2, first[1].seq).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0].id, id(1));
}

pub async fn the_audit_trail_by_subject_and_by_page(backend: Backend) {
    let store = backend.open().await;
    let line = |number: usize, action| Op::Audit {
        at: at(number as i64),
        actor: SENDER.to_owned(),
        action,
        subject: id(number).to_string(),
        detail: String::new(),
    };
    for (number, action) in [(1, "first"), (2, "second"), (1, "third")] {
        done(&store, line(number, action)).await;
    }
    let of_first = store
        .lists()
        .await
        .unwrap()
        .audit_of(id(1).as_str())
        .await
        .unwrap();
    let actions: Vec<_> = of_first.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["first", "third"]);
    assert_eq!(
        (of_first[0].at, of_first[0].actor.as_str()),
        (at(1), SENDER)
    );
    assert_eq!(
        store
            .lists()
            .await
            .unwrap()
            .audit_of("nothing")
            .await
            .unwrap(),
        []
    );
    let page = store.audit_page(None, 2).await.unwrap();
    let actions: Vec<_> = page.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["third", "second"]);
    let rest = store.audit_page(Some(page[1].number), 2).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0], of_first[0]);
}
